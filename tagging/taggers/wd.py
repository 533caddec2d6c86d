"""The WD v3 family (SmilingWolf): pictures come in, scores of danbooru tags go out.

A model is a folder with `model.onnx` and `selected_tags.csv`. Its input is NHWC float32, BGR, 0 to
255, padded to a white square and resized to the side that the graph asks for; its output has one
sigmoid score for each row of the csv.
"""

import csv
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tagging.taggers import Context

MODEL, LABELS = "model.onnx", "selected_tags.csv"
COLUMNS = ("tag_id", "name", "category", "count")
CATEGORIES = {"0": "general", "4": "character", "9": "rating"}
TEST_SIDE = 64


class BadModel(ValueError):
    """The files are no model of this family, or do not belong together; says which and why."""


@dataclass(frozen=True)
class Labels:
    """The rows of the csv, in the order of the scores."""

    names: tuple[str, ...]
    categories: tuple[str, ...]

    def of(self, category: str) -> frozenset[str]:
        pairs = zip(self.names, self.categories, strict=True)
        return frozenset(name for name, held in pairs if held == category)


def read_labels(path: Path) -> Labels:
    """Raises `BadModel`. A byte order mark at the beginning is no mistake."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or ()
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadModel(f"{path.name} cannot be read: {error}") from error
    if missing := [name for name in COLUMNS if name not in columns]:
        raise BadModel(f"{path.name} has no column {', '.join(missing)}")
    names = [row["name"] for row in rows]
    if not names:
        raise BadModel(f"{path.name} has no rows")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise BadModel(f"{path.name} has {', '.join(twice[:5])} twice")
    for row in rows:
        if row["category"] not in CATEGORIES:
            raise BadModel(f"{path.name}: {row['name']} is of unknown category {row['category']}")
    return Labels(tuple(names), tuple(CATEGORIES[row["category"]] for row in rows))


class WdTagger:
    """Loads the folder's model when it is first needed. Raises `BadModel`."""

    name = "wd"
    danbooru = True
    looks = True
    thresholds: dict[str, float] = {}

    def __init__(self, folder: Path, version: str = ""):
        self.folder = folder
        self.version = version or folder.name
        self.labels = read_labels(folder / LABELS)
        self.characters = self.labels.of("character")
        self.size = len(self.labels.names)

    def predict(
        self, images: Sequence[np.ndarray], contexts: Sequence[Context] | None = None
    ) -> list[dict[str, float]]:
        """See `tagging.taggers.Tagger`; a score may be NaN where the model gave nothing better."""
        return [
            dict(zip(self.labels.names, row, strict=True)) for row in self.features(images).tolist()
        ]

    def features(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """The scores as a vector: pictures of the same things have a high cosine."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            pictures = np.stack(list(pool.map(lambda image: prepare(image, self.side), images)))
        scores = [self._run(pictures[start : start + self._most]) for start in self._starts(images)]
        return np.concatenate(scores)

    def _starts(self, images: Sequence[np.ndarray]) -> range:
        return range(0, len(images), self._most)

    def _run(self, pictures: np.ndarray) -> np.ndarray:
        return self._session.run(None, {self._input.name: pictures})[0]

    @property
    def side(self) -> int:
        """The height and width of the pictures that the graph takes."""
        return self._input.shape[1]

    @property
    def _most(self) -> int:
        """How many pictures the graph takes at once: some graphs are fixed to a number."""
        count = self._input.shape[0]
        return count if isinstance(count, int) and count > 0 else 64

    @property
    def _input(self) -> Any:
        return self._session.get_inputs()[0]

    @cached_property
    def _session(self) -> Any:
        """An onnxruntime session on all cores, on a GPU where there is one; checked."""
        import onnxruntime

        onnxruntime.set_default_logger_severity(3)
        wanted = ("CUDAExecutionProvider", "ROCMExecutionProvider", "CoreMLExecutionProvider")
        there = onnxruntime.get_available_providers()
        providers = [name for name in wanted if name in there] + ["CPUExecutionProvider"]
        path = self.folder / MODEL
        try:
            session = onnxruntime.InferenceSession(str(path), providers=providers)
        except Exception as error:  # its exceptions share no base class
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BadModel(f"{path.name} cannot be loaded: {reason}") from error
        _check_graph(session, len(self.labels.names))
        return session

    def check(self) -> None:
        """Run the model on one picture. Raises `BadModel` if what it answers are no scores."""
        picture = np.full((TEST_SIDE, TEST_SIDE, 3), 128, np.uint8)
        scores = self.features([picture])
        if scores.shape != (1, self.size):
            raise BadModel(f"{MODEL} answers {scores.shape[1:]} scores, {LABELS} has {self.size}")
        if not np.isfinite(scores).all() or scores.min() < 0 or scores.max() > 1:
            raise BadModel(f"{MODEL} answers what are no scores between 0 and 1")


def _check_graph(session: Any, labels: int) -> None:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        raise BadModel(f"{MODEL} has {len(inputs)} inputs and {len(outputs)} outputs, not 1 and 1")
    shape, answers = inputs[0].shape, outputs[0].shape
    side = shape[1] if len(shape) == 4 else None
    if inputs[0].type != "tensor(float)" or not isinstance(side, int) or shape[2:] != [side, 3]:
        raise BadModel(f"{MODEL} takes {inputs[0].type} {shape}, not square pictures (NHWC floats)")
    if len(answers) != 2 or (isinstance(answers[1], int) and answers[1] != labels):
        raise BadModel(f"{MODEL} gives {answers[-1]} scores, but {LABELS} has {labels} rows")


def prepare(image: np.ndarray, side: int) -> np.ndarray:
    """An RGB or RGBA picture (uint8, any size) as the model takes it: side x side x 3, float32,
    BGR, 0 to 255, in the middle of a white square; what is transparent shows white."""
    picture = Image.fromarray(image)
    longest = max(picture.size)
    square = Image.new("RGB", (longest, longest), "white")
    corner = ((longest - picture.width) // 2, (longest - picture.height) // 2)
    square.paste(picture, corner, picture if picture.mode == "RGBA" else None)
    small = square.resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(small, np.float32)[:, :, ::-1]
