"""Pictures in storage: what is lost or left over is found; what cannot be written is told."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from PIL import Image

from frames.models import Episode, Frame
from ingest import stages
from ingest.media import check
from tests.conftest import draw_clip

Mount = Callable[..., Path]


@pytest.mark.django_db(transaction=True)
def test_orphans_and_missing_files_are_found_and_put_right(clip: Path) -> None:
    call_command("ingest", str(clip))
    for name in check().orphans:  # of other tests
        default_storage.delete(name)
    frame = Frame.objects.first()
    default_storage.save("frames/00/orphan.webp", ContentFile(b"x"))
    default_storage.delete(frame.image)
    assert check().orphans == ["frames/00/orphan.webp"]
    assert check().missing == [frame.image]
    with pytest.raises(CommandError, match="1 files are missing"):
        call_command("check_media")
    out = StringIO()
    call_command("check_media", fix=True, json=True, stdout=out)
    assert json.loads(out.getvalue())["missing"] == [frame.image]
    ids = list(Frame.objects.order_by("id").values_list("id", flat=True))
    call_command("ingest", str(clip))
    assert (check().orphans, check().missing) == ([], [])
    assert list(Frame.objects.order_by("id").values_list("id", flat=True)) == ids


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Real file systems: small, or read-only."""
    made: list[Path] = []

    def mounted(*options: str) -> Path:
        folder = tmp_path / "mounted"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("file systems cannot be mounted here")
        made.append(folder)
        return folder

    yield mounted
    for folder in made:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("option", "reason"), [("size=16k", "No space left"), ("ro", "Read-only file system")]
)
def test_where_nothing_can_be_written_the_episode_fails_by_name(
    clip: Path, mount: Mount, monkeypatch: Any, option: str, reason: str
) -> None:
    storage = FileSystemStorage(location=mount(option), allow_overwrite=True)
    with monkeypatch.context() as patched:
        patched.setattr(stages, "default_storage", storage)
        with pytest.raises(CommandError, match=f"{clip.name}.*{reason}"):
            call_command("ingest", str(clip))
    assert Episode.objects.get().state == Episode.State.FAILED
    assert not Frame.objects.exists()
    call_command("ingest", str(clip))  # there is room again
    assert Episode.objects.get().state == Episode.State.DONE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "files"), [(320, 3), (480, 5), (1280, 5)])
def test_no_thumbnail_is_stored_twice_or_enlarged(tmp_path: Path, width: int, files: int) -> None:
    """The picture itself, and each thumbnail as WebP and AVIF."""
    path = tmp_path / "Clip - 01.mp4"
    draw_clip(path, shots=1, size=(width, width * 9 // 16))
    call_command("ingest", str(path))
    frame = Frame.objects.first()
    stored = list(Path(default_storage.location).rglob(f"{frame.sha256[:24]}*"))
    assert len(stored) == files
    for file in stored:
        limits = map(int, re.findall(r"-(\d+)\.", file.name))
        assert Image.open(file).width == min([width, *limits])
    assert check().missing == []
