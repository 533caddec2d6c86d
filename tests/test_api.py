"""The API as its users meet it: every endpoint, and every mistake they can make."""

import gzip
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from PIL import Image
from pymongo.errors import OperationFailure

from frames import vectors
from frames.models import Frame, Tag
from tests.makers import make_episode, make_frame, make_series, texture

pytestmark = pytest.mark.django_db(transaction=True)

EVERY_LIST = ["frames", "frames/random", "facets", "series", "episodes", "tags", "autocomplete"]


@pytest.fixture
def frames() -> list[Frame]:
    """Two episodes of five seconds each; every frame is crying, the even ones are in the rain."""
    Tag.objects.create(name="crying", category="emotion", aliases=["tears"])
    Tag.objects.create(name="rain", category="weather")
    made = []
    for number in (1, 2):
        episode = make_episode(make_series("Kazemachi Diary"), number)
        for second in range(5):
            labels = ["crying", "rain"] if second % 2 == 0 else ["crying"]
            rows = [
                {"tag": tag, "state": "suggested", "score": 0.9, "tagger": "wd", "version": "3"}
                for tag in labels
            ]
            picture = texture(10 * number + second, (90, 160))
            frame = make_frame(picture, episode, time=float(second), labels=labels)
            _set_rows(frame, rows)
            made.append(frame)
    return made


def _set_rows(frame: Frame, rows: list[dict[str, Any]]) -> None:
    table = connection.get_collection("frames_frame")
    table.update_one({"_id": frame.pk}, {"$set": {"tags": rows}})


def get(client: Client, path: str, status: int = 200, **parameters: Any) -> Any:
    answer = client.get(f"/api/v1/{path}", parameters)
    assert answer.status_code == status, answer.content
    return answer.json()


def problem(client: Client, path: str, status: int = 400, **parameters: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/{path}", parameters)
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert {"type", "title", "status", "detail"} <= set(document)
    assert document["status"] == status
    return document


def test_a_list_has_an_exact_count_and_pages_in_both_directions(
    client: Client, frames: list[Frame]
) -> None:
    newest_first = [frame.pk for frame in frames][::-1]
    page = get(client, "frames/", q="crying", limit=4)
    assert (page["count"], page["previous"]) == (10, None)
    seen = [result["id"] for result in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [result["id"] for result in page["results"]]
    assert seen == newest_first
    page = client.get(page["previous"]).json()
    assert [result["id"] for result in page["results"]] == newest_first[4:8]
    page = client.get(page["previous"]).json()
    assert [result["id"] for result in page["results"]] == newest_first[:4]
    assert page["previous"] is None


def test_a_cursor_holds_while_frames_come_and_go(client: Client, frames: list[Frame]) -> None:
    page = get(client, "frames/", limit=3)
    newer = make_frame(texture(99, (90, 160)), frames[0].episode, time=50)
    Frame.objects.filter(pk=page["results"][-1]["id"]).delete()
    after = client.get(page["next"]).json()
    assert [result["id"] for result in after["results"]] == [f.pk for f in frames[4:7]][::-1]
    assert after["count"] == 10
    assert get(client, "frames/", limit=1)["results"][0]["id"] == newer.pk


def test_a_frame_in_a_list_has_what_a_client_needs(client: Client, frames: list[Frame]) -> None:
    result = get(client, "frames/", tags="rain", episode=2, limit=1)["results"][0]
    assert result["series"] == {"slug": "kazemachi-diary", "title": "Kazemachi Diary"}
    assert (result["episode"], result["season"], result["time"]) == (2, 1, 4.0)
    assert result["tags"] == ["crying", "rain"]
    for link in ("image", "thumbnail"):
        picture = client.get(result[link])
        content = b"".join(picture.streaming_content)
        assert Image.open(io.BytesIO(content)).size == (result["width"], result["height"])
    assert client.get(result["url"]).status_code == 200


def test_one_frame_tells_where_its_tags_come_from_and_what_lies_beside_it(
    client: Client, frames: list[Frame]
) -> None:
    first, second, *_ = frames
    copy = make_frame(texture(77, (90, 160)), time=9, status="duplicate", keeper=second)
    detail = get(client, f"frames/{second.pk}/")
    assert (detail["previous"], detail["next"]) == (first.pk, frames[2].pk)
    assert detail["provenance"] == [
        {"tag": "crying", "state": "suggested", "score": 0.9, "tagger": "wd", "version": "3"}
    ]
    assert [moment["id"] for moment in detail["duplicates"]] == [copy.pk]
    assert get(client, f"frames/{frames[4].pk}/")["next"] is None
    moved = client.get(f"/api/v1/frames/{copy.pk}/")
    assert (moved.status_code, moved["Location"]) == (302, f"/api/v1/frames/{second.pk}/")


def test_around_and_similar(client: Client, frames: list[Frame]) -> None:
    around = get(client, f"frames/{frames[2].pk}/around/", before=1, after=1.5)
    assert [result["id"] for result in around["results"]] == [f.pk for f in frames[1:4]]
    list(vectors.describe_frames(Frame.objects.all()))
    similar = get(client, f"frames/{frames[2].pk}/similar/", limit=3)["results"]
    assert len(similar) == 3
    assert frames[2].pk not in {result["id"] for result in similar}
    assert similar[0]["score"] >= similar[-1]["score"]


def test_random_frames_are_drawn_anew_and_not_cached(client: Client, frames: list[Frame]) -> None:
    drawn = {get(client, "frames/random/", q="rain")["results"][0]["id"] for _ in range(40)}
    assert drawn == {frame.pk for frame in frames if "rain" in frame.labels}
    assert client.get("/api/v1/frames/random/")["Cache-Control"] == "no-store"
    assert len(get(client, "frames/random/", limit=3)["results"]) == 3


def test_facets_count_within_the_query(client: Client, frames: list[Frame]) -> None:
    answer = get(client, "facets/", q="rain")
    assert answer["count"] == 6
    weather = next(facet for facet in answer["facets"] if facet["name"] == "weather")
    assert weather["values"] == [{"value": "rain", "label": "rain", "count": 6}]


def test_series_episodes_and_tags(client: Client, frames: list[Frame]) -> None:
    make_series("Another One")
    series = get(client, "series/", limit=1)
    assert [row["slug"] for row in series["results"]] == ["another-one"]
    following = client.get(series["next"]).json()
    assert following["results"][0]["frames"] == 10
    assert client.get(following["previous"]).json() == {**series, "previous": None}
    assert get(client, "series/kazemachi-diary/")["title"] == "Kazemachi Diary"

    episodes = get(client, "episodes/", series="kazemachi-diary", limit=1)
    assert [row["number"] for row in episodes["results"]] == [1]
    following = client.get(episodes["next"]).json()
    assert [row["number"] for row in following["results"]] == [2]
    assert client.get(following["previous"]).json()["results"] == episodes["results"]

    tags = get(client, "tags/", category="weather")["results"]
    assert [(tag["name"], tag["count"]) for tag in tags] == [("rain", 6)]
    Tag.objects.filter(name="rain").update(confirmed=9, rejected=1)
    rain = get(client, "tags/rain/")
    assert rain["precision"] == {"confirmed": 9, "rejected": 1, "value": 0.9}
    assert rain["related"][0]["name"] == "crying"
    found = get(client, "autocomplete/", q="tear")["results"]
    assert [(one["name"], one["alias"]) for one in found] == [("crying", "tears")]
    alias = client.get("/api/v1/tags/Tears/")
    assert (alias.status_code, alias["Location"]) == (302, "/api/v1/tags/crying/")


def test_the_root_tells_where_everything_is(client: Client, frames: list[Frame]) -> None:
    addresses = get(client, "")
    assert {*addresses} > {"frames", "random", "facets", "series", "tags", "search-by-image"}
    for name, address in addresses.items():
        assert client.get(address).status_code == (405 if name == "search-by-image" else 200), name


def test_answers_are_compressed_for_those_who_can_read_it(
    client: Client, frames: list[Frame]
) -> None:
    plain = client.get("/api/v1/frames/")
    packed = client.get("/api/v1/frames/", headers={"accept-encoding": "gzip"})
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in plain["Vary"]
    again = {"accept-encoding": "gzip", "if-none-match": packed["ETag"]}
    assert client.get("/api/v1/frames/", headers=again).status_code == 304
    lines = client.get("/api/v1/export/", headers={"accept-encoding": "gzip"})
    assert len(gzip.decompress(b"".join(lines.streaming_content)).splitlines()) == 10


def test_a_screenshot_finds_its_frame(client: Client, frames: list[Frame]) -> None:
    list(vectors.describe_frames(Frame.objects.all()))
    picture = io.BytesIO()
    Image.fromarray(texture(22, (90, 160))[:, ::-1]).resize((640, 360)).save(picture, "PNG")
    picture.seek(0)
    picture.name = "whatever.txt"
    answer = client.post("/api/v1/search-by-image/?limit=3", {"image": picture})
    assert answer.status_code == 200
    assert answer.json()["verdict"] == "certain"
    first = answer.json()["results"][0]
    assert (first["id"], first["mirrored"]) == (frames[7].pk, True)
    assert (first["moment"]["episode"], first["moment"]["time"]) == (2, 2.0)


def test_an_export_has_every_frame_and_then_tells_what_changes(
    client: Client, frames: list[Frame]
) -> None:
    answer = client.get("/api/v1/export/", {"q": "rain"})
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert {line["id"] for line in lines} == {f.pk for f in frames if "rain" in f.labels}

    Frame.objects.filter(pk=frames[0].pk).update(labels=["smile"])
    Frame.objects.filter(pk=frames[1].pk).update(status="hidden")
    Frame.objects.filter(pk=frames[2].pk).delete()
    changes = client.get("/api/v1/export/", {"since": answer["Export-Cursor"]})
    told = [json.loads(line) for line in b"".join(changes.streaming_content).splitlines()]
    by_id = {line["id"]: line for line in told}
    assert {id: line["change"] for id, line in by_id.items()} == {
        frames[0].pk: "stored",
        frames[1].pk: "removed",
        frames[2].pk: "removed",
    }
    assert by_id[frames[0].pk]["frame"]["tags"] == ["smile"]
    nothing = client.get("/api/v1/export/", {"since": changes["Export-Cursor"]})
    assert b"".join(nothing.streaming_content) == b""


def test_a_cursor_older_than_the_database_remembers_is_gone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MongoDB's log of changes holds gigabytes: too much to overflow it in a test."""
    cursor = client.get("/api/v1/export/")["Export-Cursor"]

    def forgotten(token: Any) -> None:
        raise OperationFailure("the resume point may no longer be in the oplog", 286)

    monkeypatch.setattr("frames.api.export._watch", forgotten)
    assert "export anew" in problem(client, "export/", 410, since=cursor)["detail"]


def test_what_has_not_changed_is_not_sent_again(client: Client, frames: list[Frame]) -> None:
    for path in ("frames/", f"frames/{frames[0].pk}/", "series/", "tags/crying/", "schema/"):
        answer = client.get(f"/api/v1/{path}")
        assert "max-age" in answer["Cache-Control"]
        again = client.get(f"/api/v1/{path}", headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    answer = client.get("/api/v1/frames/")
    Frame.objects.filter(pk=frames[0].pk).update(text="new")
    again = client.get("/api/v1/frames/", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 200


def test_scripts_of_every_site_may_read(client: Client) -> None:
    answer = client.get("/api/v1/frames/", headers={"Origin": "https://elsewhere.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in answer["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Access-Control-Allow-Origin" not in client.get(
        "/admin/login/", headers={"Origin": "https://elsewhere.example"}
    )


@pytest.mark.parametrize("path", EVERY_LIST)
def test_an_unknown_parameter_is_named(client: Client, path: str) -> None:
    assert "colour" in problem(client, f"{path}/", colour="red")["errors"]
    assert "q[$gt]" in problem(client, f"{path}/", **{"q[$gt]": ""})["errors"]


@pytest.mark.parametrize("path", EVERY_LIST)
def test_a_huge_a_negative_and_a_silly_limit_are_refused(client: Client, path: str) -> None:
    for limit in ("0", "-1", "101", "1" + "0" * 30, "ten", "1e2", "", "NaN", "٣"):
        assert "limit" in problem(client, f"{path}/", limit=limit)["errors"]


@pytest.mark.parametrize("path", ["frames", "series", "episodes", "tags"])
def test_a_bad_cursor_is_refused(client: Client, path: str) -> None:
    for cursor in ("", "zz", "a", '{"$gt": ""}', "a" * 300, "a1:", "\ud7ff"):
        assert "cursor" in problem(client, f"{path}/", cursor=cursor)["errors"]
    assert "since" in problem(client, "export/", since="AAAA")["errors"]
    token = "LwAAAAJfZGF0YQAfAAAAZZZZNkIwNTZENjIwMDAwMDAzMkIwMjI5Mjk2RTA0AAA"
    assert "since" in problem(client, "export/", since=token)["errors"]


def test_operators_are_only_text(client: Client, frames: list[Frame]) -> None:
    for text in ('{"$gt": ""}', "$where", '{"$ne": null}'):
        answer = client.get("/api/v1/frames/", {"q": text})
        assert answer.status_code == 400 or answer.json()["count"] == 0
        assert client.get("/api/v1/episodes/", {"series": text}).status_code == 404
        assert client.get("/api/v1/tags/", {"category": text}).status_code == 400
        problem(client, "frames/", tags=text)
    answer = client.post(
        "/api/v1/search-by-image/", {"image": {"$gt": ""}}, content_type="application/json"
    )
    assert answer.status_code == 415
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["q=%ff", "q=caf%E9", "%c3=1", "q=%00", "q=%ed%a0%80"])
def test_what_is_not_utf_8_is_refused(client: Client, query: str) -> None:
    answer = client.get(f"/api/v1/frames/?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_mistake_in_the_query_is_pointed_at(client: Client) -> None:
    document = problem(client, "frames/", q="crying colour:red")
    assert (document["term"], document["position"]) == ("colour:red", 7)
    assert "q" in document["errors"]
    assert "episode" in problem(client, "frames/", episode="first")["errors"]
    assert "limit" in problem(client, "frames/?limit=1&limit=2")["errors"]


def test_every_kind_of_failure_is_a_problem(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem(client, "nowhere/", 404)
    problem(client, "frames/1/", 404)
    problem(client, f"frames/{10**25}/", 404)
    problem(client, "tags/no_such_tag/", 404)
    for method in ("post", "put", "patch", "delete", "options", "trace"):
        answer = getattr(client, method)("/api/v1/frames/")
        assert answer.status_code == 405
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "GET" in answer["Allow"]
    client.raise_request_exception = False
    monkeypatch.setattr("frames.search.find", lambda *_, **__: 1 / 0)
    document = problem(client, "frames/", 500)
    assert "ZeroDivision" not in json.dumps(document)


def test_while_the_index_or_the_database_is_away_the_answer_is_503(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pymongo.errors import ServerSelectionTimeoutError

    from frames.search import IndexNotReady

    for error in (IndexNotReady(0.25), ServerSelectionTimeoutError("no server at mongodb://")):

        def fail(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        monkeypatch.setattr("frames.search.find", fail)
        answer = client.get("/api/v1/frames/")
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        assert "mongodb://" not in answer.content.decode()
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_uploads_that_are_no_screenshots_are_refused(client: Client) -> None:
    def post(content: bytes | None, name: str = "image") -> tuple[int, str]:
        file = io.BytesIO(content or b"")
        file.name = "picture.jpg"
        answer = client.post("/api/v1/search-by-image/", {} if content is None else {name: file})
        assert answer.headers["Content-Type"] == "application/problem+json"
        return answer.status_code, answer.json()["detail"]

    def picture(*size: int, kind: str = "PNG", **options: Any) -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", size).save(buffer, kind, **options)
        return buffer.getvalue()

    more = [Image.new("RGB", (64, 64), "red")]
    assert post(None)[0] == 400
    assert post(b"")[0] == 400
    assert post(picture(64, 64), name="picture")[0] == 400
    assert post(b"hello")[0] == 415
    assert post(picture(8200, 6200))[0] == 413
    assert post(picture(30_000, 20_000))[0] == 413
    assert post(b"x" * 10_000_001)[0] == 413
    assert post(picture(64, 64, kind="GIF", save_all=True, append_images=more))[0] == 422
    answer = client.post("/api/v1/search-by-image/", {"image": "a text, no file"})
    assert answer.status_code == 400
    broken = client.post(
        "/api/v1/search-by-image/", b"--x\r\n", content_type="multipart/form-data; boundary=y"
    )
    assert broken.status_code == 400


def test_the_docs_need_no_inline_script(client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()
    assert "<script>" not in page
    assert "<style>" not in page
    assert "https://" not in page
    script = client.get("/api/v1/docs/", {"script": ""})
    assert script.headers["Content-Type"].startswith("application/javascript")
