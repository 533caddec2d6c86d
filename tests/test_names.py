"""Who a file is: names and folders of releases, `series.json`, the command line, and doubts."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from frames.models import Episode, Frame
from ingest.episodes import NotRegistered, register
from ingest.names import identify

DATA = Path(__file__).parent / "data"
AMBIGUOUS = "[PnK] Precure All Stars New Stage 3 (1920x1080).mkv"  # a film's title, or an episode


def rows() -> Iterator[dict[str, str]]:
    for path in sorted(DATA.glob("names*.tsv")):
        with path.open(encoding="utf-8") as file:
            yield from csv.DictReader(file, delimiter="\t")


ROWS = [row for row in rows() if row["path"] != AMBIGUOUS]


@pytest.mark.parametrize("row", ROWS, ids=[row["path"] for row in ROWS])
def test_names_are_read_as_a_person_reads_them(row: dict[str, str]) -> None:
    found = identify(Path("/library/videos") / row["path"])
    wanted = (row["series"], int(row["season"]), int(row["number"]))
    assert (found.series, found.season, found.number) == wanted
    several = re.search(r"225-226|E13-E14", row["path"])
    assert bool(found.doubt) == bool(several)


@pytest.mark.parametrize(
    "path",
    [
        "/tmp/03.mkv",
        "/home/downloads/[Owl] Paper Comet - NCOP1 [1080p].mkv",
        "/home/downloads/[Owl] Paper Comet - 01-12 [1080p].mkv",
        "/library/Paper Comet/Season 1/more of it.mkv",
    ],
)
def test_a_doubt_is_told(path: str) -> None:
    assert identify(Path(path)).doubt


@pytest.mark.django_db(transaction=True)
def test_an_unsure_episode_waits_until_it_is_told_who_it_is(clip: Path) -> None:
    path = clip.rename(clip.with_name("Paper Comet - NCOP1.mp4"))
    call_command("ingest", str(path))
    episode = Episode.objects.get()
    assert episode.state == Episode.State.UNSURE
    assert "NCOP" in episode.error
    assert not Frame.objects.exists()
    call_command("ingest", str(path), series="Paper Comet", episode=7)
    episode.refresh_from_db()
    assert (episode.state, episode.series.title, episode.number) == ("done", "Paper Comet", 7)
    assert Frame.objects.visible().exists()


@pytest.mark.django_db(transaction=True)
def test_series_json_overrules_names_and_the_command_line_overrules_it(clip: Path) -> None:
    description = {
        "title": "風待ち日記",
        "alternative_titles": ["Kazemachi Diary"],
        "year": 2026,
        "episodes": {clip.name: {"number": 5, "season": 2, "title": "Rain"}},
    }
    clip.with_name("series.json").write_text(json.dumps(description), encoding="utf-8")
    episode = register(clip)
    assert (episode.season, episode.number, episode.title) == (2, 5, "Rain")
    series = episode.series
    assert (series.title, series.year) == ("風待ち日記", 2026)
    assert series.alternative_titles == ["Kazemachi Diary"]
    Episode.objects.all().delete()
    episode = register(clip, series="Other", number=9)
    assert (episode.series.title, episode.number) == ("Other", 9)
    clip.with_name("series.json").write_text("[")
    with pytest.raises(NotRegistered, match=r"series\.json"):
        register(clip)
