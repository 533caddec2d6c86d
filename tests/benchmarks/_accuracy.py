"""Pictures and the truth about them come in; what each method leaves and loses goes out.

A group is lost when no picture of it survives. The other methods are given their best threshold on
the very set that is measured.
"""

from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from ingest.dedupe import phash
from ingest.encoder import Encoder, thumbnail
from ingest.image_files import read_image
from tests.benchmarks._folder import run_folder

Truth = dict[str, list[str]]


def accuracy(folder: Path, truth: Truth, processes: int) -> dict[str, Any]:
    """For each method: redundancy left and pictures lost, in percent, overall and by kind."""
    names = sorted(truth)
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        rows = list(pool.map(_reduced, [folder / name for name in names], chunksize=16))
    hashes = np.array([row[0] for row in rows], np.int64).view(np.uint64)
    small = np.stack([row[1] for row in rows])
    encoder = Encoder.load()
    codes = [encoder.codes(small[i : i + 64]) for i in range(0, len(small), 64)]
    bits = np.bitwise_count(hashes[:, None] ^ hashes[None]).astype(np.float32)
    pixels = distances(small.reshape(len(small), -1) / np.float32(255))
    encoded = distances(np.concatenate(codes))

    methods: dict[str, dict[str, Any]] = {}
    for most in (0, 4, 10):
        methods[f"pHash, {most} bits"] = score(truth, first_come(names, bits, most))
    for name, away in (("plain MSE", pixels), ("autoencoder MSE", encoded)):
        methods[f"{name}, 0.0007"] = score(truth, first_come(names, away, 0.0007))
        best = min(
            np.geomspace(1e-6, 1e-2, 60),
            key=lambda most: _cost(score(truth, first_come(names, away, most))),
        )
        found = score(truth, first_come(names, away, best))
        methods[f"{name}, best ({best:.6f})"] = found
    run = run_folder(folder, processes)
    methods["dedupe_folder"] = score(truth, set(run.kept))
    kinds = sorted({kind for _, kind in truth.values()})
    head = f"{len(truth):,} pictures, {len({group for group, _ in truth.values()}):,} groups"
    print(f"\n{head}\n{'% left / % lost':34}" + "".join(f"{kind:>13}" for kind in ["all", *kinds]))
    for name, found in methods.items():
        cells = (f"{found[k]['left']:.1f} / {found[k]['lost']:.1f}" for k in ["all", *kinds])
        print(f"{name:34}" + "".join(f"{cell:>13}" for cell in cells), flush=True)
    return methods


def _reduced(path: Path) -> tuple[int, np.ndarray]:
    rgb, _ = read_image(path)
    return phash(rgb), thumbnail(rgb)


def distances(rows: np.ndarray) -> np.ndarray:
    """Mean squared differences of all pairs of rows."""
    rows = rows.astype(np.float32)
    lengths = np.einsum("ij,ij->i", rows, rows)
    return np.maximum(lengths[:, None] + lengths[None] - 2 * rows @ rows.T, 0) / rows.shape[1]


def first_come(names: list[str], distances: np.ndarray, most: float) -> set[str]:
    """What the plain recipe keeps: each picture unless a kept one before it is within `most`."""
    alike = distances <= most
    kept = np.zeros(len(names), bool)
    for number in range(len(names)):
        kept[number] = not (alike[number, :number] & kept[:number]).any()
    return {names[number] for number in np.flatnonzero(kept)}


def score(truth: Truth, kept: set[str]) -> dict[str, dict[str, float]]:
    """By kind and for "all": percent of removable pictures left, of groups lost."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, (group, kind) in truth.items():
        groups[group, kind].append(name)
    counts: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(4))
    for (_, kind), names in groups.items():
        survivors = sum(name in kept for name in names)
        counted = kind != "moving"
        row = [max(0, survivors - 1), len(names) - 1, counted and survivors == 0, counted]
        for key in (kind, "all"):
            counts[key] += row
    return {
        kind: {
            "left": round(100 * left / max(1, removable), 2),
            "lost": round(100 * lost / max(1, total), 2),
        }
        for kind, (left, removable, lost, total) in counts.items()
    }


def _cost(found: dict[str, dict[str, float]]) -> float:
    return found["all"]["left"] + found["all"]["lost"]
