"""The search on the database: what is written is found, in every order, page by page."""

from typing import Any

import pytest
from bson import ObjectId
from django.db import connection
from django.test import Client

from frames import index_process, index_sync
from frames.filters import FrameFilter
from frames.ids import next_ids
from frames.models import Episode, Frame, FrameTag, Series, Tag
from frames.query import BadQuery, parse, render
from frames.search import (
    BadCursor,
    autocomplete,
    documents,
    facets,
    find,
    neighbours,
    related,
    series_count,
    tag_count,
    without_each_term,
)

pytestmark = pytest.mark.django_db(transaction=True)


def make_episode(slug: str = "a-show", number: int = 1, **values: Any) -> Episode:
    series, _ = Series.objects.get_or_create(slug=slug, defaults={"title": slug.title()})
    source = f"/{slug}-{number}.mkv"
    return Episode.objects.create(
        series=series, number=number, source=source, sha256=source, bytes=1, **values
    )


def make_frames(episode: Episode, *labels: str, **values: Any) -> list[int]:
    """One frame for each of `labels` (tags separated by spaces), two seconds apart."""
    first = next_ids("frame", len(labels))
    frames = [
        Frame(
            id=first + place,
            **episode.carried(),
            time=2.0 * place,
            pts=place,
            shot=place // 2,
            motion=0,
            width=1280,
            height=720,
            bytes=1,
            phash=0,
            labels=tags.split(),
            tags=[
                FrameTag(tag=tag, state="suggested", score=0.8, tagger="t") for tag in tags.split()
            ],
            **values,
        )
        for place, tags in enumerate(labels)
    ]
    return [frame.pk for frame in Frame.objects.bulk_create(frames)]


def suggested(tag: str, score: float) -> FrameTag:
    return FrameTag(tag=tag, state="suggested", score=score, tagger="t")


def ids(text: str, **options: Any) -> list[int]:
    return find(parse(text), **options).ids


def walk(text: str, limit: int = 3) -> list[int]:
    """All pages forwards; going backwards from the last gives the same ones."""
    query = parse(text)
    pages = [find(query, limit=limit)]
    while pages[-1].next:
        pages.append(find(query, cursor=pages[-1].next, limit=limit))
    assert pages[0].previous is None
    back = [pages[-1]]
    while back[-1].previous:
        back.append(find(query, cursor=back[-1].previous, limit=limit))
    assert [page.ids for page in back[::-1]] == [page.ids for page in pages]
    found = [id for page in pages for id in page.ids]
    assert all(page.count == len(found) for page in pages)
    if query.order != "random" or query.seed is not None:
        for rank in range(len(found) + 2):
            assert find(query, rank=rank, limit=limit).ids == found[rank : rank + limit]
    for before, id, after in zip([None, *found], found, [*found[1:], None], strict=False):
        if query.order != "random" or query.seed is not None:
            assert neighbours(query, id) == (before, after)
    return found


def test_what_is_written_is_found_at_once_and_what_is_deleted_is_not() -> None:
    assert find(parse("")).count == 0
    first, second = make_frames(make_episode(), "rain", "rain night")
    assert ids("rain") == [second, first]
    Frame.objects.filter(pk=second).update(labels=["night"])
    assert ids("rain") == [first]
    Frame.objects.filter(pk=first).update(status="hidden")
    assert find(parse("")).count == 1
    Frame.objects.filter(pk=first).update(status="visible")
    Frame.objects.filter(pk=second).delete()
    assert ids("") == [first]


def test_changes_of_tags_and_series_reach_the_search() -> None:
    episode = make_episode()
    make_frames(episode, "rain", "rain", "")
    tag = Tag.objects.create(name="rain", category="weather", aliases=["downpour"])
    assert find(parse("downpour")).count == find(parse("weather:rain")).count == 2
    tag.category, tag.aliases = "setting", ["shower"]
    tag.save()
    assert find(parse("setting:shower")).count == 2
    with pytest.raises(BadQuery):
        find(parse("downpour"))
    Series.objects.filter(slug="a-show").update(slug="new-name", title="New Name")
    assert find(parse("series:new-name")).count == series_count("new-name") == 3
    with pytest.raises(BadQuery):
        find(parse("series:a-show"))
    episode.series.delete()
    assert find(parse("")).count == 0


@pytest.mark.parametrize("few", [100_000, 0])
@pytest.mark.parametrize("order", ["new", "old", "timeline", "random:5", "score"])
def test_every_order_pages_through_all_hits_both_ways(
    order: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frames.order.FEW", few)  # with 0, hits are looked for block by block
    later = make_frames(make_episode("b-show"), *["rain"] * 4)
    second = make_frames(make_episode("a-show", 2), *["rain"] * 4)
    first = make_frames(make_episode("a-show", 1), *["rain"] * 3)
    Frame.objects.filter(pk=second[1]).update(tags=[suggested("rain", 0.95)])
    found = walk(f"rain order:{order}")
    everything = sorted(later + second + first)
    assert sorted(found) == everything
    if order == "new":
        assert found == everything[::-1]
    elif order == "old":
        assert found == everything
    elif order == "timeline":
        assert found == first + second + later
    elif order == "score":
        assert found[0] == second[1]
        assert found[1:] == [id for id in everything[::-1] if id != second[1]]
    else:
        assert found == walk("rain order:random:5", limit=5) != walk("rain order:random:6")


def test_a_random_order_without_a_seed_keeps_the_one_it_was_given() -> None:
    make_frames(make_episode(), *["rain"] * 10)
    assert len(set(walk("order:random"))) == 10
    found = find(parse("order:random"), limit=10)
    assert find(parse(f"order:random:{found.seed}"), limit=10).ids == found.ids


def test_a_page_may_start_after_a_frame_that_is_gone() -> None:
    frames = make_frames(make_episode(), *["rain"] * 5)
    page = find(parse("rain"), limit=2)
    Frame.objects.filter(pk=frames[3]).delete()
    assert find(parse("rain"), cursor=page.next, limit=2).ids == [frames[2], frames[1]]
    for cursor in ("x", "a", "a99999999999", "a5-1-99", "a5 "):
        with pytest.raises(BadCursor):
            find(parse("rain"), cursor=cursor)


def test_tags_in_time() -> None:
    one, two = make_episode(number=1), make_episode(number=2)
    crying, _, _, hug = make_frames(one, "crying", "", "", "hug")
    make_frames(two, "crying")
    assert ids("crying then:6s hug") == [crying]
    assert ids("crying then:5s hug") == ids("hug then:9s crying") == []
    assert ids("hug near:6s crying") == [hug]


def test_counts_facets_suggestions_and_ways_out_of_an_empty_result() -> None:
    Tag.objects.create(name="rain", category="weather", aliases=["downpour"])
    Tag.objects.create(name="night", category="setting")
    make_frames(make_episode(), "rain night", "rain", "night", "rain night")
    assert tag_count("rain") == tag_count("downpour") == 3
    assert [(tag, count) for tag, _, count in related("rain")] == [("night", 2)]
    groups = {group.name: group.values for group in facets(parse("rain"))}
    assert groups == {
        "series": [("a-show", "A-Show", 3)],
        "weather": [("rain", "rain", 3)],
        "setting": [("night", "night", 2)],
    }
    offered = [(found.name, found.count, found.alias) for found in autocomplete("down")]
    assert offered == [("rain", 3, "downpour")]
    assert [found.name for found in autocomplete("niht")] == ["night"]
    assert [(found.name, found.kind) for found in autocomplete("a sh")] == [("a-show", "series")]
    query = parse("rain night episode:7")
    assert find(query).count == 0
    assert without_each_term(query) == [("rain night", 2)]


def test_documents_come_in_the_order_of_their_ids() -> None:
    one, two = make_frames(make_episode(), "rain", "night")
    found = documents([two, 999_999, one], ["labels"])
    assert found == [{"_id": two, "labels": ["night"]}, {"_id": one, "labels": ["rain"]}]


def test_form_fields_make_the_query_that_the_search_box_makes() -> None:
    fields = {
        "q": "rain | snow order:old",
        "tags": "crying, rainy weather",
        "tags_any": "smile,laugh",
        "exclude": "night",
        "rating": "general,sensitive",
        "series": "a-show",
        "episode": "3..5",
        "time_min": "300",
        "time_max": "390.5",
        "score_min": "0.9",
    }
    text = (
        "(rain | snow) crying:>=0.9 rainy_weather:>=0.9 (smile | laugh) -night "
        "(rating:general | rating:sensitive) series:a-show episode:3..5 "
        "time:>=300.000 time:<=390.500 order:old"
    )
    assert render(FrameFilter(fields).query()) == render(parse(text))
    assert FrameFilter(fields).query() == parse(text)
    for name, value in [
        *(("q", "(rain"), ("episode", "x"), ("time_min", "soon"), ("order", "best")),
        *(("time_max", "-1"), ("score_min", "2"), ("seed", "x"), ("similar", "me")),
    ]:
        with pytest.raises(BadQuery) as caught:
            FrameFilter({name: value}).query()
        assert caught.value.parameter == name


def test_what_a_visitor_types_without_quotation_marks_is_understood(client: Client) -> None:
    Tag.objects.create(name="rain", category="weather", aliases=["rainy weather"])
    frames = make_frames(make_episode(), "rain", "snow")
    call = {"q": "a show rainy weather"}
    assert [frame["id"] for frame in client.get("/api/v1/frames/", call).json()["results"]] == [
        frames[0]
    ]
    answer = client.get("/", call).content.decode()
    assert "series:a-show &quot;rainy weather&quot;" in answer


def test_the_site_and_the_api_answer_503_until_the_index_is_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_frames(make_episode(), "rain")
    waiting = index_sync.Follower()
    monkeypatch.setattr(index_process._process, "follower", waiting)
    monkeypatch.setattr(index_process._process, "thread", object())
    for address in ("/", "/api/v1/frames/"):
        answer = client.get(address)
        assert answer.status_code == 503
        assert 1 <= int(answer["Retry-After"]) <= 10
    waiting.catch_up()
    assert client.get("/api/v1/frames/").json()["count"] == 1
    waiting.close()


def test_a_frame_id_beyond_the_index_is_left_out() -> None:
    frames = make_frames(make_episode(), "rain")
    document = connection.get_collection("frames_frame").find_one({"_id": frames[0]})
    connection.get_collection("frames_frame").insert_one({**document, "_id": 2**40})
    assert ids("rain") == frames
    assert isinstance(document["episode_id"], ObjectId)
