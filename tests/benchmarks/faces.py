"""A random generator comes in; faces and changes of them go out, and the hands that draw them."""

from dataclasses import dataclass, replace

import numpy as np

from tests.benchmarks.painting import Rng, colour


@dataclass(frozen=True)
class Face:
    """What a face shows. Everything else about it (who, where, in which hand) is its `Hand`."""

    mouth: str = "line"  # line, smile, frown, o, open, shout, teeth, cat
    mouth_open: float = 0.5
    left_eye: float = 1.0  # 0 closed, 1 wide open
    right_eye: float = 1.0
    brows: float = 0.0  # -1 sad, 1 angry
    look: float = 0.0
    tears: bool = False
    blush: bool = False
    sweat: bool = False


MOUTHS = ("line", "smile", "frown", "o", "open", "shout", "teeth", "cat")


@dataclass(frozen=True)
class Hand:
    """Who is drawn where, and in which style; `x`, `y`, `size` in pixels of the canvas."""

    x: float
    y: float
    size: float
    tilt: float
    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    iris: tuple[int, int, int]
    shirt: tuple[int, int, int]
    ink: tuple[int, int, int]
    line: float
    eye_size: float
    eye_gap: float
    chin: float
    fringe: int
    seed: int
    shaded: bool
    chibi: bool


def random_hand(rng: Rng, width: int, height: int, low: float = 150, high: float = 480) -> Hand:
    size = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    skins = ((255, 224, 196), (244, 205, 170), (250, 232, 218), (200, 150, 110), (150, 105, 75))
    return Hand(
        x=rng.uniform(0.25, 0.75) * width,
        y=rng.uniform(0.35, 0.6) * height,
        size=size,
        tilt=rng.uniform(-0.25, 0.25),
        skin=skins[rng.integers(len(skins))],
        hair=colour(rng, 10, 240),
        iris=colour(rng, 20, 200),
        shirt=colour(rng),
        ink=colour(rng, 0, 70),
        line=rng.uniform(0.006, 0.018),
        eye_size=rng.uniform(0.09, 0.17),
        eye_gap=rng.uniform(0.17, 0.23),
        chin=rng.uniform(0.85, 1.1),
        fringe=int(rng.integers(3, 9)),
        seed=int(rng.integers(1 << 30)),
        shaded=bool(rng.random() < 0.6),
        chibi=bool(rng.random() < 0.25),
    )


def random_face(rng: Rng) -> Face:
    return Face(
        mouth=MOUTHS[rng.integers(len(MOUTHS))],
        mouth_open=rng.uniform(0.3, 1.0),
        left_eye=(eye := float(rng.choice([0.0, 0.45, 1.0], p=[0.2, 0.2, 0.6]))),
        right_eye=0.0 if rng.random() < 0.1 else eye,
        brows=rng.uniform(-1, 1),
        look=rng.uniform(-1, 1),
        tears=bool(rng.random() < 0.2),
        blush=bool(rng.random() < 0.3),
        sweat=bool(rng.random() < 0.15),
    )


def other_expression(rng: Rng, face: Face) -> Face:
    """A face that feels something else: its mouth and at least its eyes or brows differ."""
    while True:
        other = random_face(rng)
        if other.mouth != face.mouth and (
            other.left_eye != face.left_eye or abs(other.brows - face.brows) > 0.8
        ):
            return other


def subtle_change(rng: Rng, face: Face) -> Face:
    """The mouth opens or closes, the eyes do, or one of them winks; nothing else."""
    shut = {"line", "smile", "frown", "cat"}
    kind = rng.integers(3)
    if kind == 0:
        to_open = face.mouth in shut
        mouth = (
            str(rng.choice(["o", "open", "teeth"])) if to_open else str(rng.choice(sorted(shut)))
        )
        return replace(face, mouth=mouth, mouth_open=rng.uniform(0.25, 0.8))
    if kind == 1:
        eye = 0.0 if face.left_eye > 0.3 else 1.0
        return replace(face, left_eye=eye, right_eye=eye)
    return replace(face, right_eye=0.0 if face.right_eye > 0.3 else 1.0)
