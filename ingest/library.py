"""Paths come in; the video files below them, and who each one is, go out."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

VIDEO_SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpg", "mpeg"),
        *("ogm", "ogv", "ts", "webm", "wmv"),
    )
)

_BRACKETS = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_NUMBERED = re.compile(
    r"""^(?P<title>.*?)                       # the series, perhaps empty
        (?:^|\s+-\s+|\s+|(?<=\S)\s*-\s*)      # what stands between
        (?:S\d{1,2})?(?:E|EP|Episode\s+|\#)?  # a mark, or nothing
        (?P<number>\d{1,4})(?:v\d)?$""",
    re.IGNORECASE | re.VERBOSE,
)


class NoVideos(Exception):
    """A path holds no video; the message names it."""


@dataclass(frozen=True)
class Identity:
    """Which episode of which series a file is."""

    series: str
    number: int


def find_videos(paths: Iterable[Path]) -> list[Path]:
    """The video files that the paths name or (at any depth) contain, absolute, in order of name.

    A file that is named itself is taken whatever its suffix. Raises `NoVideos` for a path that
    does not exist and for a folder without any video.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = list(_below(path))
            if not inside:
                raise NoVideos(f"{path}: no video file in this folder")
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path.resolve()] = None
        else:
            raise NoVideos(f"{path}: no such file or folder")
    return list(found)


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file() and not hidden:
            yield path.resolve()


def identify(path: Path) -> Identity:
    """`[Group] Some Title - 03 (1080p).mkv` is episode 3 of "Some Title".

    A bare number takes its folder's name as the series; a name without a number is episode 1 of
    a series of its own.
    """
    stem = _BRACKETS.sub(" ", path.stem)
    if " " not in stem.strip():
        stem = stem.replace(".", " ")
    stem = " ".join(stem.replace("_", " ").split())
    match = _NUMBERED.match(stem)
    if match is None:
        return Identity(stem or path.stem, 1)
    title = match["title"].strip(" -")
    return Identity(title or path.parent.name, int(match["number"]))
