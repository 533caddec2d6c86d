"""`python -m ingest.demo FOLDER [--contact-sheet]`: the demo, and a picture of all its shots.

Each tile of the sheet is the middle frame of a shot.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path

import cv2
import numpy as np

from ingest.demo.film import render_demo
from ingest.demo.series import EPISODES
from ingest.demo.stage import Stage

_COLUMNS, _TILE = 5, (384, 216)


def _show(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done} of {total} frames")


def _contact_sheet(number: int) -> np.ndarray:
    tiles = []
    for shot in EPISODES[number].shots:
        middle = Stage(shot).picture(shot.frames * 5 // 8)
        tiles.append(cv2.resize(middle, _TILE, interpolation=cv2.INTER_AREA))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _COLUMNS)
    rows = [np.hstack(tiles[i : i + _COLUMNS]) for i in range(0, len(tiles), _COLUMNS)]
    return np.vstack(rows)


def main() -> None:
    """Render what is missing and, if wanted, the contact sheets."""
    parser = ArgumentParser(prog="python -m ingest.demo", description="Draw the demo series.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--contact-sheet", action="store_true", help="also a PNG of all shots")
    options = parser.parse_args()
    for video in render_demo(options.folder, _show):
        sys.stdout.write(f"\n{video}")
    for number in EPISODES if options.contact_sheet else ():
        sheet = options.folder / f"contact-sheet-{number:02}.png"
        cv2.imwrite(str(sheet), cv2.cvtColor(_contact_sheet(number), cv2.COLOR_RGB2BGR))
        sys.stdout.write(f"\n{sheet}")
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
