"""A screenshot comes in; the part of it that is the film's own picture goes out.

Bars and frames are rows and columns of one colour at an edge; they are cut as far as they reach.
"""

import numpy as np

UNIFORM = 6.0  # grey levels of standard deviation up to which a line is of one colour
SAME = 12.0  # grey levels by which a line's colour may differ from the edge's
SAMPLES = 160  # pixels of a line that are looked at
MAX_SHARE = 0.45  # of the side; a picture that is nearly all one colour is left as it is


def cut_borders(rgb: np.ndarray) -> np.ndarray:
    """The view of an RGB uint8 picture without its borders; all of it if there are none."""
    top, bottom = _margins(rgb)
    inner = rgb[top : rgb.shape[0] - bottom]
    left, right = _margins(inner.swapaxes(0, 1))
    inner = inner[:, left : rgb.shape[1] - right]
    # Bars at the sides hide those above: look again.
    top, bottom = _margins(inner)
    return inner[top : inner.shape[0] - bottom]


def _margins(rgb: np.ndarray) -> tuple[int, int]:
    """How many rows at the beginning and at the end are border."""
    rows = rgb[:, :: max(1, rgb.shape[1] // SAMPLES)].astype(np.float32)
    uniform = rows.std(axis=1).max(axis=1) < UNIFORM
    colours = rows.mean(axis=1)
    return _run(uniform, colours), _run(uniform[::-1], colours[::-1])


def _run(uniform: np.ndarray, colours: np.ndarray) -> int:
    same = uniform & (np.abs(colours - colours[0]).max(axis=1) < SAME)
    length = len(same) if same.all() else int(same.argmin())
    if length > MAX_SHARE * len(same):
        return 0
    # The line where bar and picture mix, blurred by a reduction or by JPEG, goes with the bar.
    return min(length + 2, len(same)) if length else 0
