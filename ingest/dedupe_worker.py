"""Lists of files come into a worker process; their vectors, or verdicts on them, go out.

What a comparison needs of a picture is kept in a scratch file that all workers map, so that most
files are decoded once; it is bounded, and a file without a place in it is decoded again.
"""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ingest.compare import HEIGHT as LOOK_HEIGHT
from ingest.compare import WIDTH as LOOK_WIDTH
from ingest.encoder import HEIGHT, WIDTH, Encoder
from ingest.image_files import UnreadableImage, read_image
from ingest.judge import Judge, Sketch, Verdict, merit, sketch

LUMA, RGB = LOOK_HEIGHT * LOOK_WIDTH, HEIGHT * WIDTH * 3
PLACE = LUMA + RGB + 1  # bytes of a sketch in the scratch file; the last one says that it is there


@dataclass(frozen=True)
class Read:
    """A file that was read, or why it could not be."""

    number: int
    size: tuple[int, int] = (0, 0)
    merit: float = 0.0
    vector: np.ndarray | None = None
    unreadable: str | None = None


@dataclass(frozen=True)
class Question:
    """Is this picture the same as one of these, the likeliest first? Numbers and paths."""

    number: int
    path: Path
    keepers: Sequence[tuple[int, Path]]


@dataclass(frozen=True)
class Answer:
    """The verdicts in the order asked, the last one "same" if any is; or who could not be read."""

    number: int
    verdicts: Sequence[tuple[int, Verdict]] = ()
    unreadable: tuple[int, str] | None = None


class Worker:
    """One for each process, with its part of the bounded memory."""

    DECODED = 64  # sketches without a place in the scratch file
    MAPPED = 10_000  # those that have one, with their codes: 2 kB each

    def __init__(self, scratch: Path | None, checkpoint: Path, threshold: float):
        self.judge = Judge(Encoder.load(checkpoint), threshold)
        self._places = np.zeros((0, PLACE), np.uint8)
        if scratch and scratch.stat().st_size:
            self._scratch = scratch.open("r+b")
            self._places = np.memmap(scratch, np.uint8, "r").reshape(-1, PLACE)
        self._decoded = lru_cache(self.DECODED)(self._decode)
        self._mapped = lru_cache(self.MAPPED)(self._map)

    def read(self, files: Sequence[tuple[int, Path]]) -> list[Read]:
        results, pictures = [], []
        for number, path in files:
            try:
                rgb, size = read_image(path)
            except UnreadableImage as error:
                results.append(Read(number, unreadable=error.reason))
                continue
            found = sketch(rgb)
            self._keep(number, found)
            pictures.append((number, size, merit(found.luma, size), found.rgb))
        if pictures:
            vectors = self.judge.encoder.vectors(np.stack([rgb for *_, rgb in pictures]))
            for (number, size, value, _), vector in zip(pictures, vectors, strict=True):
                results.append(Read(number, size, value, vector.astype(np.float16)))
        return results

    def answer(self, questions: Sequence[Question]) -> list[Answer]:
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Answer:
        verdicts: list[tuple[int, Verdict]] = []
        number = question.number
        try:
            asked = self._sketch(number, question.path)
            for number, path in question.keepers:
                verdict = self.judge.verdict(self._sketch(number, path), asked)
                verdicts.append((number, verdict))
                if verdict.same:
                    break
        except UnreadableImage as error:
            return Answer(question.number, verdicts, (number, error.reason))
        return Answer(question.number, verdicts)

    def _keep(self, number: int, found: Sketch) -> None:
        if number < len(self._places):
            parts = [found.luma.tobytes(), found.rgb.tobytes(), b"\1"]
            os.pwritev(self._scratch.fileno(), parts, number * PLACE)

    def _sketch(self, number: int, path: Path) -> Sketch:
        if number < len(self._places) and self._places[number, -1]:
            return self._mapped(number)
        return self._decoded(number, path)

    def _map(self, number: int) -> Sketch:
        place = self._places[number]
        luma = place[:LUMA].reshape(LOOK_HEIGHT, LOOK_WIDTH)
        return Sketch(luma, place[LUMA:-1].reshape(HEIGHT, WIDTH, 3))

    def _decode(self, number: int, path: Path) -> Sketch:
        found = sketch(read_image(path)[0])
        self._keep(number, found)
        return found


_worker: Worker | None = None


def start(scratch: Path | None, checkpoint: Path, threshold: float) -> None:
    """What a new worker process does first. Ctrl-C is for its parent."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    _worker = Worker(scratch, checkpoint, threshold)


def read(files: Sequence[tuple[int, Path]]) -> list[Read]:
    assert _worker is not None
    return _worker.read(files)


def answer(questions: Sequence[Question]) -> list[Answer]:
    assert _worker is not None
    return _worker.answer(questions)
