"""What the server sends: addresses, heads, errors, sizes. The browser's side is in `browser/`."""

import re
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from frames.ids import next_ids
from frames.models import Episode, Frame, FrameTag, Series, Tag, TagSuggestion
from frames.search import IndexNotReady
from frames.suggestions import MOST_AN_HOUR
from frames.verdicts import save_verdicts
from frames.views.pages import page

pytestmark = pytest.mark.django_db(transaction=True)

SHA = "0123456789abcdef" * 4
PLACEHOLDER = "UklGRkAAAABXRUJQVlA4IDQAAADwAQCdASoQAAkABUB8JZwC7AEf6RlyAAD+4SZrBzWqTKlFw4Q6cAAA" * 2


def make_frames(count: int, tags: tuple[str, ...] = ("crying", "rain")) -> list[Frame]:
    """`count` visible frames of the series 風待ち日記 without files, all with the same tags."""
    series = Series.objects.create(slug="風待ち日記", title="風待ち日記", year=2026)
    episode = Episode.objects.create(
        series=series,
        number=1,
        title="The Wind",
        source="01.mp4",
        sha256=SHA,
        bytes=1,
        state="done",
        kept=count,
    )
    for name in tags:
        Tag.objects.create(name=name, category=Tag.Category.EMOTION)
    rows = [
        FrameTag(tag=tag, state="suggested", score=0.9, tagger="taught", version="1")
        for tag in tags
    ]
    first = next_ids("frame", count)
    frames = [
        Frame(
            id=first + number,
            **episode.carried(),
            time=float(number),
            pts=number,
            shot=number // 2,
            motion=0.0,
            image=f"frames/01/{SHA}.webp",
            width=1280,
            height=720,
            bytes=1000,
            sha256=SHA,
            phash=number,
            placeholder=PLACEHOLDER[:140],
            tags=rows,
            labels=list(tags),
        )
        for number in range(count)
    ]
    return Frame.objects.bulk_create(frames)


EVERYWHERE = [
    *("/", "/?q=crying", "/series/", "/series/風待ち日記/", "/tags/", "/tags/crying/"),
    *(
        "/filters/?q=crying",
        "/picture/",
        "/about/",
        "/api/",
        "/robots.txt",
        "/sitemap.xml",
        "/sitemap-pages.xml",
    ),
]


@pytest.mark.parametrize("address", EVERYWHERE)
def test_readers_get_no_cookie_and_a_strict_policy(client: Client, address: str) -> None:
    make_frames(3)
    answer = client.get(address)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    text = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", text)
    assert not re.search(r"""(?:src|href|action)="(?:https?:)?//(?!testserver)""", text)


def test_an_empty_site_and_a_series_without_frames_are_shown(client: Client) -> None:
    for address in ("/", "/series/", "/tags/", "/about/", "/sitemap.xml"):
        assert client.get(address).status_code == 200
    Series.objects.create(slug="to-come", title="To Come")
    for address in ("/", "/series/", "/series/to-come/"):
        assert client.get(address).status_code == 200


def test_a_page_of_results_is_under_30_kb(client: Client) -> None:
    tags = tuple(f"usual_length_{n}" for n in range(10, 50))
    make_frames(60, tags)
    answer = client.get("/", {"q": f"{tags[0]} {tags[1]}"})
    assert answer.content.count(b'class="tile') == 24
    assert len(answer.content) < 30_000
    assert len(client.get("/").content) < 30_000


def test_a_facet_leads_to_exactly_the_query_that_it_names(client: Client) -> None:
    make_frames(2)
    for name, kind in (("night", "time"), ("red_hair", "appearance")):
        Tag.objects.create(name=name, category=kind)
    Frame.objects.update(labels=["crying", "night", "red_hair"])
    groups = client.get("/", {"q": "crying -rain order:old"}).context["facets"]
    assert [group["kind"] for group in groups] == ["series", "emotion", "time"]
    (night,) = groups[-1]["values"]
    assert night["count"] == 2
    assert parse_qs(night["only"][1:])["q"] == ["crying -rain order:old night"]
    assert parse_qs(night["without"][1:])["q"] == ["crying -rain order:old -night"]
    everything = client.get("/filters/", {"q": "crying"}).context["facets"]
    assert [group["kind"] for group in everything] == ["series", "emotion", "time", "appearance"]


def test_a_first_visit_offers_no_two_tags_that_are_nearly_the_same(client: Client) -> None:
    frames = make_frames(4, ("crying", "tears", "smile"))
    for frame, labels in zip(
        frames, (["crying", "tears"], ["crying", "tears"], ["crying"], ["smile"]), strict=True
    ):
        Frame.objects.filter(pk=frame.pk).update(labels=labels)
    offered = client.get("/").context["tags"]
    assert [tag["name"] for tag in offered] == ["crying", "smile"]


def test_where_no_term_can_be_dropped_each_is_offered_alone(client: Client) -> None:
    frames = make_frames(3, ("rain", "sunny", "snow"))
    for frame, label in zip(frames, ("rain", "sunny", "snow"), strict=True):
        Frame.objects.filter(pk=frame.pk).update(labels=[label])
    answer = client.get("/", {"q": "rain sunny snow"})
    assert answer.context["alone"] == [("rain", 1), ("sunny", 1), ("snow", 1)]


def test_a_frame_says_who_suggested_its_tags(client: Client) -> None:
    frame = make_frames(1)[0]
    text = client.get(frame.get_absolute_url()).content.decode()
    assert "suggested by taught 1, 0.90" in text
    assert "The Wind" in text
    assert "0:00" in text
    assert f'property="og:image" content="http://testserver/media/{frame.image}"' in text
    assert f'rel="canonical" href="http://testserver{frame.get_absolute_url()}"' in text


def test_a_verdict_is_told_with_what_had_been_suggested(client: Client) -> None:
    frame = make_frames(1)[0]
    Tag.objects.create(name="snow", category=Tag.Category.WEATHER)
    save_verdicts(frame, {"crying": "confirmed", "snow": "confirmed"}, by="somebody")
    text = " ".join(client.get(frame.get_absolute_url()).content.decode().split())
    assert "confirmed by a curator, suggested by taught 1, 0.90</span>" in text
    assert "confirmed by a curator</span>" in text
    assert "somebody" not in text


def test_offers_have_kind_count_and_alias(client: Client) -> None:
    make_frames(3)
    Tag.objects.filter(name="crying").update(aliases=["weeping"])
    text = client.get("/offers/", {"word": "weep"}).content.decode()
    for part in ('data-term="crying"', "weeping", "emotion", ">3<", 'role="option"'):
        assert part in text
    assert (
        'data-term="series:風待ち日記"' in client.get("/offers/", {"word": "風"}).content.decode()
    )


def test_a_picture_has_the_name_that_the_download_link_gives_it(client: Client) -> None:
    name = default_storage.save("frames/ab/abc.webp", ContentFile(b"picture"))
    answer = client.get(f"/media/{name}")
    assert b"".join(answer) == b"picture"
    assert "Content-Disposition" not in answer  # would outweigh the link's `download`


def test_a_duplicate_leads_to_its_keeper_and_is_listed_there(client: Client) -> None:
    keeper, copy = make_frames(2)
    Frame.objects.filter(pk=copy.pk).update(status="duplicate", keeper=keeper)
    assert client.get(copy.get_absolute_url())["Location"] == keeper.get_absolute_url()
    assert "Appears again" in client.get(keeper.get_absolute_url()).content.decode()


def test_a_tag_page_says_how_often_curators_agreed(client: Client) -> None:
    make_frames(2)
    Tag.objects.filter(name="crying").update(confirmed=9, rejected=3)
    text = client.get("/tags/crying/").content.decode()
    assert "75 %" in text
    assert "9 of 12 suggestions were right" in text


def test_another_name_of_a_tag_leads_to_its_page(client: Client) -> None:
    make_frames(1)
    Tag.objects.filter(name="crying").update(aliases=["in tears"])
    assert client.get("/tags/in_tears/").headers["Location"] == "/tags/crying/"


def test_neighbours_are_those_of_the_results(client: Client) -> None:
    frames = make_frames(3)
    address = frames[1].get_absolute_url()
    newest_first = client.get(address, {"q": "crying"}).context
    assert newest_first["next"] == f"/frames/{frames[0].pk}/?q=crying"
    in_time = client.get(address).context
    assert in_time["next"] == f"/frames/{frames[2].pk}/"


def test_a_mistake_is_marked_and_corrected(client: Client) -> None:
    make_frames(1)
    answer = client.get("/", {"q": "rain cyring"})
    text = answer.content.decode()
    assert answer.status_code == 400
    assert re.search(r"<mark[^>]*>cyring</mark>", text)
    assert "Search for “rain crying”" in text


def test_a_nasty_query_is_shown_as_text(client: Client) -> None:
    make_frames(1)
    for nasty in ('"><script>alert(1)</script>', "'onload=alert(1) x='", "<b>"):
        text = client.get("/", {"q": nasty}).content.decode()
        assert nasty not in text
        assert "<script>alert" not in text


@pytest.mark.parametrize(
    "address",
    ["/nowhere/", "/frames/1/", "/frames/9223372036854775808/", "/tags/nope/", "/series/nope/"],
)
def test_what_is_not_there_is_a_helpful_404(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "Search all frames" in answer.content.decode()


def test_while_the_index_is_built_the_page_says_how_far_it_is(rf: RequestFactory) -> None:
    @page
    def waiting(request: HttpRequest) -> HttpResponse:
        raise IndexNotReady(0.42)

    answer = waiting(rf.get("/"))
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert 'value="42"' in answer.content.decode()


def test_the_page_for_our_own_mistakes_needs_nothing_that_may_be_broken() -> None:
    assert "Something broke" in render_to_string("500.html")


def test_a_browsers_icon_is_found(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"].endswith(".svg")


@pytest.mark.parametrize(
    "address",
    [
        *("/?q=%00", "/?q=%ff%fe", "/?q[$ne]=1", "/?q=" + "(" * 300, "/?q=" + "a+" * 900),
        *("/?cursor=%00", "/?cursor[$gt]=", "/more/?cursor=nonsense", "/offers/?word=%00%ff"),
        *("/tags/%00/", "/series/%00/", "/series/?page=-1", "/series/?page=x", "/tags/?category=x"),
        *("/frames/1/?q=%22", "/sitemap-frames-99999999999999999999.xml", "/media/..%2f..%2fetc"),
    ],
)
def test_odd_input_never_breaks_a_page(client: Client, address: str) -> None:
    make_frames(1)
    assert client.get(address).status_code in (200, 400, 404)


def test_pages_that_read_refuse_to_write(client: Client) -> None:
    for address in ("/", "/tags/", "/about/"):
        assert client.post(address).status_code == 405


def test_the_language_follows_the_browser(client: Client) -> None:
    german = client.get("/", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert '<html lang="de">' in german.content.decode()
    assert "Accept-Language" in german["Vary"]
    assert not german.cookies


def test_the_sitemap_leads_to_every_frame(client: Client) -> None:
    frames = make_frames(3)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"

    def addresses(path: str) -> list[str]:
        tree = ElementTree.fromstring(client.get(path).content)
        return [element.text or "" for element in tree.findall(f"*/{space}loc")]

    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode()
    listed = [page for part in addresses("/sitemap.xml") for page in addresses(part)]
    for frame in frames:
        assert f"http://testserver{frame.get_absolute_url()}" in listed
    assert "http://testserver/tags/crying/" in listed
    assert all(client.get(address).status_code == 200 for address in listed)


# Suggestions


def test_a_suggestion_waits_for_a_curator_and_becomes_a_verdict(client: Client) -> None:
    frame = make_frames(1)[0]
    Tag.objects.create(name="snow", category=Tag.Category.WEATHER, aliases=["snowy"])
    for said in ({"missing": "snowy"}, {"wrong": "rain"}):
        assert client.post(f"/frames/{frame.pk}/suggest/", said).status_code == 200
    frame.refresh_from_db()
    assert frame.labels == ["crying", "rain"]

    curator = Client()
    curator.force_login(User.objects.create_superuser("curator"))
    ids = list(TagSuggestion.objects.values_list("pk", flat=True))
    assert "snow" in curator.get("/admin/frames/tagsuggestion/").content.decode()
    curator.post("/admin/frames/tagsuggestion/", {"action": "accept", "_selected_action": ids})
    frame.refresh_from_db()
    assert frame.labels == ["crying", "snow"]
    assert {row.tag: row.state for row in frame.tags}["rain"] == "rejected"
    assert set(TagSuggestion.objects.values_list("state", flat=True)) == {"accepted"}


def test_the_same_suggestion_is_kept_once(client: Client) -> None:
    frame = make_frames(1)[0]
    for _ in range(3):
        client.post(f"/frames/{frame.pk}/suggest/", {"wrong": "rain"})
    assert TagSuggestion.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"missing": "crying"}, "“crying” is there already."),
        ({"missing": "<b>nope"}, "There is no tag “&lt;b&gt;nope”."),
        ({"wrong": "snow"}, "There is no tag “snow”."),
        ({}, "Which tag?"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(client: Client, said: dict, why: str) -> None:
    frame = make_frames(1)[0]
    answer = client.post(f"/frames/{frame.pk}/suggest/", said)
    assert answer.status_code == 400
    assert why in answer.content.decode()
    assert not TagSuggestion.objects.exists()


def test_one_address_can_send_so_many_an_hour(client: Client) -> None:
    frames = make_frames(MOST_AN_HOUR + 1)
    for frame in frames:
        answer = client.post(f"/frames/{frame.pk}/suggest/", {"wrong": "rain"})
    assert answer.status_code == 429
    assert TagSuggestion.objects.count() == MOST_AN_HOUR
    elsewhere = client.post(
        f"/frames/{frames[-1].pk}/suggest/", {"wrong": "rain"}, REMOTE_ADDR="192.0.2.7"
    )
    assert elsewhere.status_code == 200
    senders = TagSuggestion.objects.values_list("sender", flat=True)
    assert not any("192.0.2.7" in sender or "127.0.0.1" in sender for sender in senders)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_other_sites_cannot_send_suggestions(client: Client, headers: dict[str, str]) -> None:
    frame = make_frames(1)[0]
    checked = Client(enforce_csrf_checks=True)
    answer = checked.post(f"/frames/{frame.pk}/suggest/", {"wrong": "rain"}, headers=headers)
    assert answer.status_code == 403
    assert not TagSuggestion.objects.exists()
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}
    answer = checked.post(f"/frames/{frame.pk}/suggest/", {"wrong": "rain"}, headers=own)
    assert answer.status_code == 200
    assert not answer.cookies
