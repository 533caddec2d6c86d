"""The bytes of a picture come in; the frames it may be a screenshot of and a plain verdict go out.

Vectors propose (`vectors`), geometry orders (`alignment`), pixels decide: the few best candidates
are laid over the screenshot and compared cell by cell.
"""

from contextlib import suppress
from dataclasses import dataclass
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
from frames.models import THUMBNAIL_WIDTHS, Frame, FrameVector
from frames.uploads import decode
from frames.vector_sync import VectorsNotReady
from frames.vectors import nearest, read_thumbnail

CERTAIN, LIKELY, NOT_FOUND = "certain", "likely", "not found"

DECODED_SIDE = 640
PROPOSED = 100  # by the vectors
ALIGNED = 30  # of them, keepers and their duplicates counted once
COMPARED = 5  # of them
ENOUGH_INLIERS = 100  # then the mirrored picture need not be tried


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
    picture = reduce(cut_borders(decode(content, max_side=DECODED_SIDE)))
    vector = describe_pictures([picture])[0]
    candidates = _aligned(picture, _proposed(vector))
    compared = _compared(picture, candidates[:COMPARED])
    ranked = sorted(compared, key=_score, reverse=True) + candidates[COMPARED:]
    matches = [_match(candidate) for candidate in ranked[:limit]]
    return PictureResult(_verdict(ranked[0]) if ranked else NOT_FOUND, matches)


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


def _aligned(picture: np.ndarray, candidates: list[_Candidate]) -> list[_Candidate]:
    """The candidates, those for which most features speak first; ties as the vectors say."""
    stored = _features([candidate.document["_id"] for candidate in candidates])
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    aligned = _align_all(local_features(luma, QUERY_FEATURES), candidates, stored, mirrored=False)
    if max((one.alignment.inliers for one in aligned), default=0) < ENOUGH_INLIERS:
        mirrored = local_features(cv2.flip(luma, 1), QUERY_FEATURES)
        turned = _align_all(mirrored, candidates, stored, mirrored=True)
        aligned = [
            max(pair, key=lambda one: one.alignment.inliers)
            for pair in zip(aligned, turned, strict=True)
        ]
    return sorted(aligned, key=lambda one: (-one.alignment.inliers, -one.cosine))


def _features(ids: list[int]) -> dict[int, LocalFeatures]:
    vectors = connection.get_collection(FrameVector._meta.db_table)
    rows = vectors.find({"_id": {"$in": ids}}, {"features": 1})
    return {row["_id"]: LocalFeatures.from_bytes(row["features"]) for row in rows}


def _align_all(
    features: LocalFeatures,
    candidates: list[_Candidate],
    stored: dict[int, LocalFeatures],
    *,
    mirrored: bool,
) -> list[_Candidate]:
    found = []
    for one in candidates:
        theirs = stored.get(one.document["_id"])
        alignment = align(features, theirs) if theirs is not None else None
        found.append(_Candidate(one.document, one.cosine, mirrored, alignment or IDENTITY))
    return found


def _compared(picture: np.ndarray, candidates: list[_Candidate]) -> list[_Candidate]:
    """Lay each candidate over the picture; without an alignment both ways round are tried."""
    turned = np.ascontiguousarray(picture[:, ::-1])
    compared = []
    for one in candidates:
        theirs = reduce(read_thumbnail(one.document["sha256"], THUMBNAIL_WIDTHS[0]))
        ways = (one.mirrored,) if one.alignment.inliers else (False, True)
        tried = [
            _Candidate(
                one.document,
                one.cosine,
                mirrored,
                one.alignment,
                agreement(turned if mirrored else picture, theirs, one.alignment),
            )
            for mirrored in ways
        ]
        compared.append(max(tried, key=_score))
    return compared


def _score(candidate: _Candidate) -> float:
    """0 to 1. The difference in grey levels tells apart frames that agree in every cell."""
    seen = candidate.agreement
    if seen is None:
        return max(0.0, candidate.cosine) / 4
    fit = seen.share * min(1.0, seen.overlap / 0.8) * np.exp(-seen.difference / 40)
    return float(0.25 + 0.75 * fit)


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
