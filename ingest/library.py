"""Paths come in; the video files that they name or contain go out."""

from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path

VIDEO_SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpg", "mpeg"),
        *("ogm", "ogv", "ts", "webm", "wmv"),
    )
)


class NoVideos(Exception):
    """A path holds no video; the message names it."""


def find_videos(paths: Iterable[str | Path]) -> list[Path]:
    """The video files that the paths name or (at any depth) contain, absolute, in order of name.

    A path may be a pattern (`*`, `?`, `[...]`, and `**` for any depth) if nothing has that very
    name: releases like brackets. A file that is named itself is taken whatever its suffix. Raises
    `NoVideos` for a path that does not exist and for a folder or pattern without any video.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            inside = list(_below(path))
            if not inside:
                raise NoVideos(f"{path}: no video file in this folder")
        elif path.exists():
            inside = [path.resolve()]
        else:
            inside = _matching(str(path))
            if not inside:
                raise NoVideos(f"{path}: no such file or folder")
        found.update(dict.fromkeys(inside))
    return list(found)


def _matching(pattern: str) -> list[Path]:
    names = sorted(glob(pattern, recursive=True))  # noqa: PTH207
    names = names or sorted(glob(pattern.replace("[", "[[]"), recursive=True))  # noqa: PTH207
    found: list[Path] = []
    for path in map(Path, names):
        if path.is_dir():
            found += _below(path)
        elif path.suffix.lower() in VIDEO_SUFFIXES:
            found.append(path.resolve())
    return found


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file() and not hidden:
            yield path.resolve()
