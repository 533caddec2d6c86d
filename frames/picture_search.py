"""The bytes of a picture come in; the frames it may be a screenshot of and a plain verdict go out.

Vectors propose (`vectors`), geometry orders (`alignment`), pixels decide: the few best candidates
are laid over the screenshot and compared cell by cell.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from django.db import connection
from pymongo.errors import PyMongoError

from frames.alignment import IDENTITY, Agreement, Alignment, agreement, align
from frames.borders import cut_borders
from frames.descriptors import (
    QUERY_FEATURES,
    LocalFeatures,
    local_features,
    reduce,
)
from frames.descriptors import vectors as describe_pictures
from frames.files import THUMBNAIL_WIDTHS
from frames.models import Frame, FrameVector
from frames.uploads import decode
from frames.vector_sync import VectorsNotReady
from frames.vectors import nearest, read_thumbnail

CERTAIN, LIKELY, NOT_FOUND = "certain", "likely", "not found"

DECODED_SIDE = 640
PROPOSED = 300  # by the vectors
ALIGNED = 40  # of them, keepers and their duplicates counted once
COMPARED = 5  # of them, pixel by pixel
NEARLY = 0.02  # as far from the whole picture, the screenshot probably shows all of it


@dataclass(frozen=True)
class Moment:
    """When the picture is seen: of a duplicate that fits best, its own moment."""

    series_slug: str
    series_title: str
    season: int
    episode: int
    time: float


@dataclass(frozen=True)
class PictureMatch:
    """A visible frame; `score` 0 to 1, above 0.5 where the pixels were compared and agree."""

    frame_id: int
    score: float
    mirrored: bool
    moment: Moment


@dataclass(frozen=True)
class PictureResult:
    """`verdict` is of the first match; after "not found" the matches are only lookalikes."""

    verdict: str
    matches: list[PictureMatch]


@dataclass(frozen=True)
class _Candidate:
    document: dict[str, Any]
    cosine: float
    mirrored: bool = False
    alignment: Alignment = IDENTITY
    agreement: Agreement | None = None


def find(content: bytes, *, limit: int = 12) -> PictureResult:
    """Raises `uploads.BadUpload` and `vectors.VectorsNotReady`."""
    whole = decode(content, max_side=DECODED_SIDE)
    inner = cut_borders(whole)
    ranked = _search(reduce(inner))
    if inner.size < whole.size and _verdict_of(ranked) != CERTAIN:
        # What looked like a border may be the night sky, or the black around a title.
        ranked = max(ranked, _search(reduce(whole)), key=lambda one: _score(one[0]) if one else 0)
    return PictureResult(_verdict_of(ranked), [_match(candidate) for candidate in ranked[:limit]])


def _search(picture: np.ndarray) -> list[_Candidate]:
    """The candidates, best first. Few pictures are mirrored: that is tried when all else fails."""
    proposed = _proposed(describe_pictures([picture])[0])
    stored = _features([candidate.document["_id"] for candidate in proposed])
    ranked: list[_Candidate] = []
    for mirrored in (False, True):
        turned = np.ascontiguousarray(picture[:, ::-1]) if mirrored else picture
        aligned = _aligned(turned, proposed, stored, mirrored=mirrored)
        compared = _compared(turned, aligned[:COMPARED])
        ranked = _best_of(ranked, compared + aligned[COMPARED:])
        if _verdict_of(ranked) == CERTAIN:
            break
    return ranked


def _best_of(one: list[_Candidate], other: list[_Candidate]) -> list[_Candidate]:
    """Both lists as one, best first, each frame as it fits best."""
    best: dict[int, _Candidate] = {}
    for candidate in sorted(one + other, key=_score, reverse=True):
        best.setdefault(candidate.document["_id"], candidate)
    return list(best.values())


def warm() -> None:
    """Load what the first search would have to wait for: the network and the index."""
    vector = describe_pictures([np.zeros((90, 160, 3), np.uint8)])[0]
    with suppress(VectorsNotReady, PyMongoError):
        nearest(vector, 1)


def _proposed(vector: np.ndarray) -> list[_Candidate]:
    """The nearest frames that are visible, or whose keeper is; one for each keeper."""
    cosines = dict(nearest(vector, PROPOSED))
    fields = "status keeper_id sha256 series_slug series_title season episode_number time"
    documents = _documents(list(cosines), fields)
    keepers = {document["_id"]: document for document in documents}
    missing = {d["keeper_id"] for d in documents if d["keeper_id"]} - set(keepers)
    keepers |= {document["_id"]: document for document in _documents(list(missing), "status")}
    best: dict[int, _Candidate] = {}
    for document in sorted(documents, key=lambda document: -cosines[document["_id"]]):
        shown = keepers.get(_shown_id(document))
        if shown is not None and shown["status"] == Frame.Status.VISIBLE:
            best.setdefault(shown["_id"], _Candidate(document, cosines[document["_id"]]))
    return list(best.values())[:ALIGNED]


def _shown_id(document: dict[str, Any]) -> int:
    duplicate = document["status"] == Frame.Status.DUPLICATE
    return document["keeper_id"] if duplicate else document["_id"]


def _documents(ids: list[int], fields: str) -> list[dict[str, Any]]:
    frames = connection.get_collection(Frame._meta.db_table)
    return list(frames.find({"_id": {"$in": ids}}, dict.fromkeys(fields.split(), 1)))


def _aligned(
    picture: np.ndarray,
    candidates: list[_Candidate],
    stored: dict[int, LocalFeatures],
    *,
    mirrored: bool,
) -> list[_Candidate]:
    """The candidates, those for which most features speak first; ties as the vectors say."""
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    features = local_features(luma, QUERY_FEATURES)
    aligned = []
    for one in candidates:
        theirs = stored.get(one.document["_id"])
        alignment = align(features, theirs) if theirs is not None else None
        aligned.append(replace(one, mirrored=mirrored, alignment=alignment or IDENTITY))
    return sorted(aligned, key=lambda one: (-one.alignment.inliers, -one.cosine))


def _features(ids: list[int]) -> dict[int, LocalFeatures]:
    vectors = connection.get_collection(FrameVector._meta.db_table)
    rows = vectors.find({"_id": {"$in": ids}}, {"features": 1})
    return {row["_id"]: LocalFeatures.from_bytes(row["features"]) for row in rows}


def _compared(picture: np.ndarray, candidates: list[_Candidate]) -> list[_Candidate]:
    """Lay each candidate over the picture. Frames of one shot differ by less than two alignments
    of one frame do, so each is tried as the first one lies, too."""
    compared = []
    for one in candidates:
        theirs = reduce(read_thumbnail(one.document["sha256"], THUMBNAIL_WIDTHS[0]))
        tried = [
            replace(one, agreement=agreement(picture, theirs, alignment))
            for alignment in _ways(one.alignment, candidates[0].alignment)
        ]
        compared.append(max(tried, key=_score))
    return compared


def _ways(own: Alignment, first: Alignment) -> list[Alignment]:
    ways = [own]
    if own.inliers and first is not own:
        ways.append(first)
    if own.inliers and np.abs(own.matrix - IDENTITY.matrix).max() < NEARLY:
        ways.append(IDENTITY)
    return ways


def _score(candidate: _Candidate) -> float:
    """0 to 1; up to 0.25 where only the vectors were compared."""
    seen = candidate.agreement
    if seen is None:
        return max(0.0, candidate.cosine) / 4
    return float(0.25 + 0.75 * np.exp(-seen.difference / 20))


def _verdict_of(ranked: list[_Candidate]) -> str:
    return _verdict(ranked[0]) if ranked else NOT_FOUND


def _verdict(candidate: _Candidate) -> str:
    seen = candidate.agreement
    if seen is None:
        return NOT_FOUND
    inliers = candidate.alignment.inliers
    if inliers >= 20 and seen.share >= 0.7 and seen.overlap >= 0.7 and seen.detail >= 12:
        return CERTAIN
    if inliers >= 10 and seen.share >= 0.5 and seen.overlap >= 0.5:
        return LIKELY
    return LIKELY if seen.share >= 0.9 and seen.detail >= 6 else NOT_FOUND


def _match(candidate: _Candidate) -> PictureMatch:
    document = candidate.document
    moment = Moment(
        series_slug=document["series_slug"],
        series_title=document["series_title"],
        season=document["season"],
        episode=document["episode_number"],
        time=document["time"],
    )
    return PictureMatch(
        _shown_id(document), round(_score(candidate), 4), candidate.mirrored, moment
    )
