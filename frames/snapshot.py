"""An index comes in, one file goes out, and the other way round.

The file is a row of sections (columns, bitmaps, score levels), then a directory of them in JSON,
then where the directory begins and a checksum of all before. It is written beside the old one,
flushed to disk and renamed: a reader sees the old or the new one, never a part.
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from pyroaring import BitMap

from frames.index import COLUMNS, EpisodeInfo, Index
from frames.scores import Postings, Scores, numbers
from frames.vocabulary import SeriesInfo, TagInfo, Vocabulary

_MAGIC = b"AniPic-1"
_TRAILER = struct.Struct("<8sQI")
_PIECE = 1 << 22


class BadSnapshot(Exception):
    """The file is not there, not whole, or not of this version."""


def write(path: Path, index: Index, about: dict[str, Any]) -> None:
    """Store the index, which nobody may change meanwhile, and `about` (JSON) beside it."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with temporary.open("wb") as file:
            _Writer(file).write(index, about)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


class _Writer:
    def __init__(self, file: BinaryIO):
        self.file = file
        self.position = 0
        self.checksum = 0
        self.sections: list[list[Any]] = []  # [kind, name, value, position, length]

    def write(self, index: Index, about: dict[str, Any]) -> None:
        for name, column in index.columns.items():
            self.section("column", name, "", column[: index.size].tobytes())
        self.section("all", "", "", index.all.serialize())
        for name, lists in index.lists.items():
            for value, ids in lists.items():
                self.section("list", name, value, ids.serialize())
                if name == "tag":
                    levels = index.scores.levels(str(value), numbers(ids))
                    self.section("levels", name, value, levels.tobytes())
        vocabulary = index.vocabulary
        directory = {
            "about": about,
            "sections": self.sections,
            "episodes": [astuple(info) for info in index.episodes],
            "tags": [astuple(info) for info in vocabulary.tags.values()],
            "series": [astuple(info) for info in vocabulary.series.values()],
        }
        start = self.position
        self.put(json.dumps(directory, separators=(",", ":")).encode())
        self.file.write(_TRAILER.pack(_MAGIC, start, self.checksum))

    def section(self, kind: str, name: str, value: Any, content: bytes) -> None:
        self.sections.append([kind, name, value, self.position, len(content)])
        self.put(content)

    def put(self, content: bytes) -> None:
        self.checksum = zlib.crc32(content, self.checksum)
        self.file.write(content)
        self.position += len(content)


def read(path: Path) -> tuple[Index, dict[str, Any]]:
    """The index and what was told about it. Raises `BadSnapshot` with the reason."""
    content = _map(path)
    _check(path, content)
    directory = _directory(content)
    index = Index()
    for kind, name, value, section in _sections(content, directory):
        if kind == "column":
            index.columns[name] = np.frombuffer(section, COLUMNS[name]).copy()
        elif kind == "all":
            index.all = BitMap.deserialize(bytes(section))
        elif kind == "list":
            index.lists[name][value] = BitMap.deserialize(bytes(section))
    index.scores = _scores(content, directory)
    index.episodes = [EpisodeInfo(*info) for info in directory["episodes"]]
    index.ordinals = {info.key: ordinal for ordinal, info in enumerate(index.episodes)}
    index.vocabulary = Vocabulary(
        [TagInfo(name, category, tuple(names)) for name, category, names in directory["tags"]],
        [
            SeriesInfo(key, slug, title, tuple(names))
            for key, slug, title, names in directory["series"]
        ],
    )
    return index, directory["about"]


def scores(path: Path) -> Scores:
    """Only the scores of a snapshot that has just been written."""
    content = _map(path)
    return _scores(content, _directory(content))


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise BadSnapshot(f"{path}: {error}") from error


def _check(path: Path, content: mmap.mmap) -> None:
    end = len(content) - _TRAILER.size
    if end < 0:
        raise BadSnapshot(f"{path}: cut short")
    magic, _, checksum = _TRAILER.unpack(content[end:])
    if magic != _MAGIC:
        raise BadSnapshot(f"{path}: cut short, or written by another version")
    found = 0
    for position in range(0, end, _PIECE):
        found = zlib.crc32(content[position : min(position + _PIECE, end)], found)
    content.madvise(mmap.MADV_DONTNEED)  # what was read is not needed in this process' memory
    if found != checksum:
        raise BadSnapshot(f"{path}: damaged, its checksum does not fit")


def _directory(content: mmap.mmap) -> dict[str, Any]:
    end = len(content) - _TRAILER.size
    _, start, _ = _TRAILER.unpack(content[end:])
    return json.loads(content[start:end])


def _sections(
    content: mmap.mmap, directory: dict[str, Any]
) -> Iterator[tuple[str, str, Any, memoryview]]:
    view = memoryview(content)
    for kind, name, value, position, length in directory["sections"]:
        yield kind, name, value, view[position : position + length]


def _scores(content: mmap.mmap, directory: dict[str, Any]) -> Scores:
    """A tag's levels stand behind its bitmap and are read when somebody asks for them."""
    places: dict[str, tuple[memoryview, memoryview]] = {}
    before = memoryview(content)[:0]
    for kind, _, value, section in _sections(content, directory):
        if kind == "levels":
            places[value] = before, section
        before = section
    return Scores(partial(_postings, places))


def _postings(places: dict[str, tuple[memoryview, memoryview]], tag: str) -> Postings | None:
    if tag not in places:
        return None
    ids, levels = places[tag]
    return numbers(BitMap.deserialize(bytes(ids))), np.frombuffer(levels, np.uint8)
