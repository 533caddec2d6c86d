"""The vocabulary that ships, and how it reaches frames."""

from pathlib import Path

import pytest
from django.core.management import call_command

from frames.implications import TagCycle
from frames.labels import TagRow
from frames.models import Frame, Tag, TagCategory
from frames.terms import tag_name
from frames.verdicts import rewrite, save_verdicts
from tagging.loading import load_vocabulary
from tagging.relabel import mark, relabel
from tagging.taggers.basic import BasicTagger
from tagging.vocabulary import BadVocabulary, read_vocabulary
from tests.makers import make_bare_frame as make_frame

HEADER = "name,category,description,aliases,implies,danbooru\n"


def aliases() -> dict[str, str]:
    return {tag_name(alias): tag.name for tag in read_vocabulary() for alias in tag.aliases}


def test_it_has_six_hundred_to_a_thousand_described_tags_in_known_categories() -> None:
    tags = read_vocabulary()
    assert 600 <= len(tags) <= 1000
    assert all(tag.description.endswith(".") for tag in tags)
    categories = set(TagCategory.values) - {"character"}
    assert {tag.category for tag in tags} == categories


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("rainy weather", "rain"),
        ("raining", "rain"),
        ("smiling", "smile"),
        ("fighting", "fight"),
        ("battle", "fight"),
        ("sobbing", "crying"),
        ("black and white", "monochrome"),
    ],
)
def test_what_people_type_means_a_tag(typed: str, tag: str) -> None:
    assert aliases()[tag_name(typed)] == tag


def test_it_knows_every_tag_of_the_demo_and_of_the_basic_tagger() -> None:
    from ingest.demo.series import EPISODES

    names = {tag.name for tag in read_vocabulary()}
    shots = [shot for episode in EPISODES.values() for shot in episode.shots]
    cast = {actor.name for shot in shots for actor in shot.actors}
    told = {tag for shot in shots for late in (False, True) for tag in shot.tags(late=late)}
    assert told - cast - names == set()
    assert set(BasicTagger.tags) - names == set()


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("rain,weather,Rain.,,,\nrain,weather,Rain.,,,\n", "rain is there twice"),
        ("rain,weather,Rain.,wet,,\nsnow,weather,Snow.,Wet,,\n", "wet.*both rain and snow"),
        ("rain,weather,Rain.,,water,\n", "rain implies water"),
    ],
)
def test_a_contradiction_is_named(tmp_path: Path, rows: str, problem: str) -> None:
    path = tmp_path / "vocabulary.csv"
    path.write_text(HEADER + rows)
    with pytest.raises(BadVocabulary, match=problem):
        read_vocabulary(path)


def test_a_circle_and_a_missing_column_are_named(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.csv"
    path.write_text(HEADER + "a,object,A.,,b,\nb,object,B.,,a,\n")
    with pytest.raises(TagCycle, match="a -> b -> a"):
        read_vocabulary(path)
    path.write_text("name,category\na,object\n")
    with pytest.raises(BadVocabulary, match="no column description, aliases"):
        read_vocabulary(path)


@pytest.mark.django_db(transaction=True)
def test_loading_again_keeps_what_curators_edited() -> None:
    call_command("load_vocabulary")
    Tag.objects.filter(name="rain").update(description="Wet.", edited=True)
    Tag.objects.filter(name="snow").update(description="Old.")
    counts = load_vocabulary()
    assert counts == {"made": 0, "updated": 1, "kept": 1}
    assert Tag.objects.get(name="rain").description == "Wet."
    assert Tag.objects.get(name="snow").description == "Snow falls or lies."


@pytest.mark.django_db(transaction=True)
def test_a_changed_implication_reaches_existing_frames_also_after_an_interruption() -> None:
    Tag.objects.create(name="downpour", category="weather")
    for id in range(1, 251):
        make_frame(id)
    row = TagRow("downpour", "suggested", 0.9, "wd", "1")
    assert rewrite(Frame.objects.all(), lambda frame: [row], by="wd", run="run") == 250
    Tag.objects.update(implies=["rain"])
    mark(["downpour"])

    def pull_the_plug(changed: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        relabel(pull_the_plug)
    assert Frame.objects.filter(labels__contains=["rain"]).count() == 100
    assert relabel() == 150
    assert Frame.objects.filter(labels__contains=["rain"]).count() == 250
    assert relabel() == 0


@pytest.mark.django_db(transaction=True)
def test_a_tag_that_becomes_an_alias_is_merged() -> None:
    rain = Tag.objects.create(name="rain", category="weather")
    Tag.objects.create(name="raining", category="weather")
    make_frame(1)
    make_frame(2)
    save_verdicts(Frame.objects.get(pk=1), {"raining": "confirmed"}, by="mika")
    save_verdicts(Frame.objects.get(pk=2), {"raining": "rejected"}, by="mika")
    Tag.objects.filter(pk=rain.pk).update(aliases=["raining"])
    mark(["rain"])
    assert relabel() == 2
    assert [f.labels for f in Frame.objects.order_by("id")] == [["rain"], []]
    assert [f.tag_rows[0].tag for f in Frame.objects.all()] == ["rain", "rain"]
    assert list(Tag.objects.values_list("name", flat=True)) == ["rain"]
