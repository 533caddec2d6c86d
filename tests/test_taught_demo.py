"""What the demo promises: its first episode teaches the tags that are found on its second."""

from pathlib import Path

import pytest
from django.core.management import call_command

from frames.models import Episode, Frame
from tagging.loading import load_vocabulary
from tests.benchmarks.tagging import ASKED, judged, measure_teaching


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_first_episode_teaches_tags_that_are_found_on_the_second(
    demo_series: list[Path],
) -> None:
    load_vocabulary()
    call_command("ingest", *map(str, demo_series))
    first, second = Episode.objects.order_by("number")
    figures = measure_teaching(first, second)
    assert set(ASKED) <= figures["tags"].keys()
    assert figures["macro_f1"] >= 0.8
    assert figures["macro_f1"] > figures["macro_f1_nearest"] + 0.05

    frames, truth = judged(second)
    for tag in ("crying", "rain"):
        found = [tag in frame.labels for frame in frames]
        rightly = [yes and tag in true for yes, true in zip(found, truth, strict=True)]
        assert sum(rightly) >= 4
    origins = {row.state for row in Frame.objects.get(pk=frames[0].pk).tag_rows}
    assert origins == {"suggested"}
    confirmed = {(r.state, r.by) for frame in judged(first)[0] for r in frame.tag_rows if r.by}
    assert confirmed == {("confirmed", "ground truth"), ("rejected", "ground truth")}
