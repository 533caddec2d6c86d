"""Who, in which clothes, pose and mood, comes in; a finished sprite of that height goes out.

Its anchor is the middle of the lower edge: the sole of a whole figure, or where the frame cuts it.
"""

from ingest.demo.bodies import Figure
from ingest.demo.canvas import Pen, Sprite
from ingest.demo.faces import Look
from ingest.demo.poses import posed

_CROWN, _SOLE = 1.32, 11.6  # above and below the middle of the face, in units of half a face
_UNITS = {"bust": 5.2, "close": 3.27, "back": 4.9}
_LIDS = {"open": 0, "half": 1, "closed": 2}
_MOUTHS = {"closed": 0, "mid": 1, "open": 2}
_BEARING = {  # yaw, pitch and roll of the head, in radians
    "neutral": (0.36, 0.02, 0.0),
    "smile": (0.3, 0.03, 0.06),
    "laugh": (0.3, 0.1, -0.08),
    "crying": (0.26, -0.1, 0.05),
    "angry": (0.4, -0.05, 0.03),
    "surprised": (0.22, 0.06, -0.03),
}
_STANCES = {"bust": "stand", "close": "stand", "swing": "slash"}


def figure(
    name: str,
    *,
    outfit: str = "uniform",
    pose: str = "bust",
    expression: str = "neutral",
    bearing: str | None = None,
    eyes: str = "open",
    mouth: str = "closed",
    tears: int = 0,
    facing: str = "right",
    height: int = 700,
    wind: float = 0.12,
) -> Sprite:
    """A figure as a sprite, `height` pixels from its lower edge to the top of its head.

    The head is held as the expression `bearing` (or its own) has it. `eyes` are open, half or
    closed, `mouth` closed, mid or open, `tears` the number of the drawing of running tears; `wind`
    blows the hair against the way it faces.
    """
    part = pose in _UNITS
    unit = height / _UNITS.get(pose, _CROWN + _SOLE)
    sway = wind + {"walk": 0.2, "run": 0.75, "slas": 0.7, "swin": 0.7, "clas": 0.5}.get(
        pose[:4], 0.0
    )
    posture = posed(_STANCES.get(pose, pose))
    # A raised or lowered blade reaches far out of the figure.
    side, above, below = (24.0, 5.2, 2.5) if posture.sword is not None else (14.0, 0.7, 1.5)
    if part:
        side, below = 6.4, 0.0
    wide, tall = round(unit * side), height + round(unit * (above + below))
    centre = (wide / 2, unit * (_CROWN + above))
    pen = Pen((wide, tall), centre, unit, flip=facing == "left")
    turn = (0.0, 0.0, 0.0) if pose == "back" else _BEARING[bearing or expression]
    drawn = Figure(pen, name, outfit, posture, turn, -sway)
    drawn.draw(Look(expression, _MOUTHS[mouth], _LIDS[eyes], tears))
    low = height + unit * above if part else centre[1] + drawn.ground() * unit
    return pen.sprite((wide / 2, low))
