"""Trains the autoencoder that finds near-duplicates, on a folder of pictures."""

import json
import time
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from PIL import Image
from tqdm import tqdm

from ingest.autoencoder import Training
from ingest.encoder import CHECKPOINT, thumbnail
from ingest.image_files import UnreadableImage, find_images, read_image


class Command(BaseCommand):
    help = "Train the autoencoder on a folder of pictures and write its checkpoint."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--output", type=Path, default=CHECKPOINT, help="default: %(default)s")
        parser.add_argument("--epochs", type=int, default=30, help="default: %(default)s")
        parser.add_argument(
            "--origin", default="", help="where the pictures are from: kept in the file"
        )
        parser.add_argument(
            "--samples", type=Path, help="PNG of reconstructions; default: beside the checkpoint"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *, folder: Path, output: Path, epochs: int, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        started = time.monotonic()
        pictures = self._read(folder)
        if len(pictures) < 2:
            raise CommandError(f"{folder} has fewer than two readable pictures to learn from.")
        training = Training(pictures)
        for epoch in training.run(epochs):
            self.stderr.write(
                f"epoch {epoch.number}/{epochs}: training loss {epoch.training:.5f}, "
                f"validation loss {epoch.validation:.5f}"
            )
        seconds = time.monotonic() - started
        output.parent.mkdir(parents=True, exist_ok=True)
        origin = options["origin"] or f"{len(pictures)} pictures in {folder.name}"
        training.save(
            output, origin, epochs=epochs, pictures=len(pictures), validation=epoch.validation
        )
        samples = options["samples"] or output.with_suffix(".png")
        Image.fromarray(training.reconstructions()).save(samples)
        if options["json"]:
            result = {
                "checkpoint": str(output),
                "bytes": output.stat().st_size,
                "samples": str(samples),
                "pictures": len(pictures),
                "training_loss": epoch.training,
                "validation_loss": epoch.validation,
                "seconds": round(seconds, 1),
            }
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write(f"{output}: {output.stat().st_size / 1e6:.2f} MB, {seconds:.0f} s")
            self.stdout.write(f"{samples}: pictures above, their reconstructions below")

    def _read(self, folder: Path) -> np.ndarray:
        paths = list(find_images(folder))
        pictures = []
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
            found = processes.map(_thumbnail, paths, chunksize=16)
            for result in tqdm(found, total=len(paths), desc="reading", unit=" pictures"):
                if isinstance(result, UnreadableImage):
                    self.stderr.write(f"left out: {result}")
                else:
                    pictures.append(result)
        return np.array(pictures, np.uint8)


def _thumbnail(path: Path) -> np.ndarray | UnreadableImage:
    try:
        return thumbnail(read_image(path)[0])
    except UnreadableImage as error:
        return error
