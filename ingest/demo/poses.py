"""The name of a pose comes in; the angles of the limbs in it go out.

Angles are degrees from straight down.
"""

from dataclasses import dataclass
from math import cos, pi, sin


@dataclass(frozen=True)
class Pose:
    """Angles of the limbs (first towards, then away from where the figure looks) and the trunk."""

    arms: tuple[float, float, float, float] = (14, 10, -14, 8)  # shoulder, elbow; twice
    legs: tuple[float, float, float, float] = (4, 0, -4, 0)  # hip, knee bend; twice
    lean: float = 0.0
    drop: float = 0.0  # how far the hips sink
    side: float = 0.0  # 0 seen from the front, 1 from the side
    sword: float | None = None  # the blade's angle, in the first hand
    back: bool = False
    raised: bool = False  # the first arm passes before the face


POSES = {
    "stand": Pose(),
    "stand_side": Pose(arms=(8, 10, -6, 12), side=0.7),
    "wave": Pose(arms=(150, 20, -12, 8), raised=True),
    "hands_back": Pose(arms=(-10, -40, 10, 40)),
    "fists": Pose(arms=(24, 60, -24, 40), legs=(12, 6, -12, 4), lean=4, side=0.3),
    "hug_self": Pose(arms=(24, -118, -24, 118)),
    "wipe": Pose(arms=(34, -160, -10, 30), raised=True),
    "sit": Pose(arms=(22, 40, -14, 40), legs=(80, 84, 74, 80), side=0.6),
    "back": Pose(back=True),
    "back_hold": Pose(arms=(16, 8, -20, 6), back=True),
    "guard": Pose(
        arms=(38, 62, 22, 82), legs=(34, 30, -26, 14), lean=8, drop=0.5, side=0.8, sword=142
    ),
    "raise": Pose(
        arms=(158, 30, 138, 40),
        legs=(26, 24, -26, 10),
        lean=-10,
        drop=0.3,
        side=0.8,
        sword=214,
        raised=True,
    ),
    "slash": Pose(
        arms=(82, 6, 66, 18), legs=(56, 52, -44, 8), lean=26, drop=1.3, side=0.9, sword=96
    ),
    "follow": Pose(
        arms=(30, 6, 14, 22), legs=(58, 56, -46, 8), lean=32, drop=1.5, side=0.9, sword=34
    ),
    "clash": Pose(
        arms=(74, 44, 60, 52), legs=(42, 38, -42, 6), lean=17, drop=0.8, side=0.85, sword=146
    ),
    "thrown": Pose(
        arms=(70, 30, 110, 20), legs=(-12, 34, 32, 60), lean=-30, drop=-0.2, side=0.8, sword=150
    ),
    "carry": Pose(arms=(12, 12, -14, 10), side=0.3, sword=-28),
}


def walk(phase: float) -> Pose:
    """A drawing of the walking cycle; one stride is a phase of 1."""
    a = 2 * pi * phase
    leg = (26 * sin(a) + 2, 6 + 44 * max(0, cos(a)), -26 * sin(a) + 2, 6 + 44 * max(0, -cos(a)))
    arm = (-24 * sin(a), 14, 24 * sin(a), 14)
    return Pose(arm, leg, lean=3, drop=0.1 * abs(sin(a)), side=0.85)


def run(phase: float) -> Pose:
    """A drawing of the running cycle."""
    a = 2 * pi * phase
    leg = (
        46 * sin(a) + 14,
        16 + 86 * max(0, cos(a - 0.3)),
        -46 * sin(a) + 14,
        16 + 86 * max(0, -cos(a - 0.3)),
    )
    arm = (-50 * sin(a) - 8, 84, 50 * sin(a) - 8, 84)
    return Pose(arm, leg, lean=15, drop=-0.28 * abs(cos(a)) + 0.2, side=0.9)


def posed(name: str) -> Pose:
    """The pose of that name; "walk0" to "walk7" and "run0" to "run7" are drawings of cycles."""
    if name[:-1] in ("walk", "run"):
        return (walk if name[:-1] == "walk" else run)(int(name[-1]) / 8)
    return POSES[name]
