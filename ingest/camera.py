"""Two pictures of a shot, half a second apart, come in; what the camera did goes out, as a word."""

import cv2
import numpy as np

_WIDTH = 160
_PAN = 0.006  # of the width, in half a second
_ZOOM = 0.004
_SURE = 0.08  # response of the correlation below which it says nothing
_QUARTERS = 3  # of four have to agree


def camera_movement(before: np.ndarray, after: np.ndarray) -> str:
    """ "static", "pan_left", "pan_right", "pan_up", "pan_down", "zoom_in" or "zoom_out".

    The pictures are luma, uint8. Phase correlation (Kuglin and Hines, 1975) tells how far each
    quarter of the picture has moved: all one way is a pan the other way, all outward is a zoom in.
    """
    height = max(4, round(before.shape[0] * _WIDTH / before.shape[1]))
    a, b = (
        cv2.resize(luma, (_WIDTH, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        for luma in (before, after)
    )
    half_height, half_width = height // 2, _WIDTH // 2
    window = cv2.createHanningWindow((half_width, half_height), cv2.CV_32F)
    moves = []  # (outward x, outward y) signs with the shift, for quarters that correlate
    for row in (0, 1):
        for column in (0, 1):
            part = np.s_[
                row * half_height : (row + 1) * half_height,
                column * half_width : (column + 1) * half_width,
            ]
            (x, y), response = cv2.phaseCorrelate(a[part], b[part], window)
            if response > _SURE:
                moves.append((x / _WIDTH, y / _WIDTH, 2 * column - 1, 2 * row - 1))
    if len(moves) < _QUARTERS:
        return "static"
    x, y, sign_x, sign_y = np.array(moves).T
    outward = (x * sign_x + y * sign_y) / 2
    zoom, across, down = (float(np.median(shift)) for shift in (outward, x, y))
    if abs(zoom) > max(abs(across), abs(down)) and _agree(outward, zoom, _ZOOM):
        return "zoom_in" if zoom > 0 else "zoom_out"
    if abs(across) >= abs(down) and _agree(x, across, _PAN):
        return "pan_left" if across > 0 else "pan_right"
    if abs(down) > abs(across) and _agree(y, down, _PAN):
        return "pan_up" if down > 0 else "pan_down"
    return "static"


def _agree(shifts: np.ndarray, middle: float, least: float) -> bool:
    """Is it a movement of the picture, and not of something in it? Parallax may make parts differ
    in size, so it is enough that they go the same way."""
    same = shifts * np.sign(middle)
    return abs(middle) >= least and int((same >= least / 2).sum()) >= _QUARTERS
