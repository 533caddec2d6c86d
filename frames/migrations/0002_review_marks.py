"""An index of the suggestions that are marked for review: they are few, and no label names them."""

from typing import Any

from django.db import migrations

NAME = "frame_review"


def create(apps: Any, editor: Any) -> None:
    frames = editor.connection.get_collection("frames_frame")
    frames.create_index(
        [("tags.tag", 1)], name=NAME, partialFilterExpression={"tags.review": True}
    )


def drop(apps: Any, editor: Any) -> None:
    editor.connection.get_collection("frames_frame").drop_index(NAME)


class Migration(migrations.Migration):
    dependencies = [("frames", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
