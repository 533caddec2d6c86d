"""The demo's videos come in; a folder of their frames goes out, and which show the same drawing.

Drawings that move are only asked for repeated drawings: whether two steps of a walk are one picture
is nobody's to say.
"""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.benchmarks._accuracy import Truth


def demo_set(folder: Path, demo: Path) -> Truth:
    """Frames of the demo as JPEG files: one group for each drawing of the film."""
    folder.mkdir()
    truth: Truth = {}
    for video in sorted(demo.glob("*.mp4")):
        film = json.loads(video.with_suffix(".json").read_text())
        wanted = _frames_of(film)
        with av.open(str(video)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                if number in wanted:
                    name = f"{film['episode']:02}-{number:05}.jpg"
                    frame.to_image().save(folder / name, quality=90)
                    truth[name] = wanted[number]
    return truth


def _frames_of(film: dict[str, Any]) -> dict[int, list[str]]:
    """Frame number -> [drawing, kind]: still shots densely, moving ones every half second."""
    starts = np.array([start for start, _ in film["drawings"]])
    kinds = {"held": "expression", "lip_flap": "subtle"}
    wanted = {}
    for shot in film["shots"]:
        kind = "opening" if shot["opening"] else kinds.get(shot["motion"], "moving")
        step = 4 if kind in ("expression", "subtle") else 12
        for number in range(shot["start"] + 2, shot["end"] - 2, step):
            if _in_transition(film, number):
                continue
            _, drawing = film["drawings"][int(np.searchsorted(starts, number, "right")) - 1]
            moving = shot["opening"] and shot["motion"] != "held"
            wanted[number] = [drawing, "moving" if moving else kind]
    return wanted


def _in_transition(film: dict[str, Any], number: int) -> bool:
    flash = any(start <= number < end for start, end in film["flashes"])
    return flash or any(t["start"] <= number < t["end"] for t in film["transitions"])
