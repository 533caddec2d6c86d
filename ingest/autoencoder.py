"""A folder of pictures comes in; a trained convolutional autoencoder goes out as a checkpoint.

Encoder and decoder mirror each other: 81x144x3 to a code of 5x9x8 and back, trained to minimise the
difference between a picture and its reconstruction. `ingest.encoder` uses what is learnt.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ingest.encoder import CHECKPOINT, LENGTH, equalised

CHANNELS = (3, 24, 32, 48, 8)
BATCH = 32


@dataclass(frozen=True)
class Epoch:
    """Mean squared errors of pixels with values 0-1."""

    number: int
    training: float
    validation: float


def build() -> tuple[Any, Any]:
    """Encoder and mirrored decoder, torch modules: (n, 3, 81, 144) to (n, 8, 5, 9) and back."""
    from torch import nn

    down: list[nn.Module] = []
    up: list[nn.Module] = []
    for number, (near, far) in enumerate(pairwise(CHANNELS)):
        last = number == len(CHANNELS) - 2
        down += [nn.Conv2d(near, far, 4, 2, 1), *([] if last else [nn.ReLU()])]
        # 81 rows halve to 40, so the way back needs one row more.
        extra = (1, 0) if number == 0 else (0, 0)
        back = nn.ConvTranspose2d(far, near, 4, 2, 1, output_padding=extra)
        up = [back, nn.Sigmoid() if number == 0 else nn.ReLU(), *up]
    return nn.Sequential(*down), nn.Sequential(*up)


class Training:
    """An autoencoder that learns from `pictures`, uint8 RGB (n, 81, 144, 3), a tenth kept apart."""

    def __init__(self, pictures: np.ndarray, seed: int = 0):
        import torch

        if len(pictures) < 2:
            raise ValueError("training needs at least two pictures")
        torch.manual_seed(seed)
        # On a machine that does something else as well, more threads wait for one another.
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // 2))
        self.encoder, self.decoder = build()
        order = np.random.default_rng(seed).permutation(len(pictures))
        kept_apart = max(1, len(pictures) // 10)
        self.validation, self.training = pictures[order[:kept_apart]], pictures[order[kept_apart:]]
        self._rng = np.random.default_rng(seed)

    def run(self, epochs: int, rate: float = 2e-3) -> Iterator[Epoch]:
        import torch

        weights = [*self.encoder.parameters(), *self.decoder.parameters()]
        optimiser = torch.optim.Adam(weights, rate)
        steps = epochs * -(-len(self.training) // BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
        for number in range(1, epochs + 1):
            losses = []
            for batch in _batches(self._rng.permutation(self.training)):
                loss = self._loss(_varied(batch, self._rng))
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                losses.append(loss.item())
            yield Epoch(number, float(np.mean(losses)), self._validate())

    def _loss(self, batch: np.ndarray) -> Any:
        values = _tensor(batch)
        return (self.decoder(self.encoder(values)) - values).square().mean()

    def _validate(self) -> float:
        import torch

        with torch.no_grad():
            return float(np.mean([self._loss(batch).item() for batch in _batches(self.validation)]))

    def reconstructions(self, count: int = 8) -> np.ndarray:
        """uint8 RGB: pictures kept apart in the upper row, what came back below them."""
        import torch

        shown = self.validation[:count]
        with torch.no_grad():
            back = self.decoder(self.encoder(_tensor(shown))).numpy().transpose(0, 2, 3, 1)
        rows = [np.hstack(list(shown)), np.hstack(list(np.round(back * 255).astype(np.uint8)))]
        return np.vstack(rows)

    def save(self, path: Path = CHECKPOINT, origin: str = "", **recipe: object) -> None:
        """Write the weights, the recipe in the file's header; codes are brought to scale before."""
        import torch
        from safetensors.torch import save_file

        self._bring_to_pixel_scale()
        modules = (("encoder", self.encoder), ("decoder", self.decoder))
        tensors = {
            f"{name}.{key}": value.contiguous()
            for name, module in modules
            for key, value in module.state_dict().items()
        }
        tensors["axes"] = torch.from_numpy(self._principal_axes())
        digest = blake2b(digest_size=6)
        for name in sorted(tensors):
            digest.update(tensors[name].numpy().tobytes())
        header = {
            "version": digest.hexdigest(),
            "made": date.today().isoformat(),
            "recipe": json.dumps({"channels": CHANNELS, "batch": BATCH, **recipe}),
            "data": origin,
            "scale": "MSE of two codes equals on average the MSE of the pictures, values 0-1",
        }
        unfinished = path.with_name(f".{path.name}.unfinished")
        save_file(tensors, str(unfinished), header)
        unfinished.replace(path)

    def _principal_axes(self) -> np.ndarray:
        """float32 (64, 360): in which directions codes of equalised pictures differ most."""
        import torch

        with torch.no_grad():
            codes = self.encoder(_tensor(equalised(self.training[:4000]))).flatten(1).numpy()
        _, _, axes = np.linalg.svd(codes - codes.mean(0), full_matrices=False)
        missing = np.zeros((max(0, LENGTH - len(axes)), codes.shape[1]), np.float32)
        return np.ascontiguousarray(np.vstack([axes[:LENGTH], missing]).astype(np.float32))

    def _bring_to_pixel_scale(self) -> None:
        """Multiply the code by one factor, and divide again in the decoder."""
        import torch

        pictures = _tensor(self.training[:512])
        others = pictures.roll(1, 0)
        with torch.no_grad():
            codes = self.encoder(pictures)
            of_pixels = (pictures - others).square().mean()
            of_codes = (codes - codes.roll(1, 0)).square().mean()
            factor = (of_pixels / of_codes).sqrt()
            self.encoder[-1].weight *= factor
            self.encoder[-1].bias *= factor
            self.decoder[0].weight /= factor


def _tensor(pictures: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255)


def _batches(pictures: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(pictures), BATCH):
        yield pictures[start : start + BATCH]


def _varied(batch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The batch mirrored, darkened or brightened at random: film is all of that."""
    mirrored = np.where(rng.random((len(batch), 1, 1, 1)) < 0.5, batch, batch[:, :, ::-1])
    light = rng.uniform(0.5, 1.15, (len(batch), 1, 1, 1))
    dark = rng.random((len(batch), 1, 1, 1)) < 0.2
    return np.clip(mirrored * np.where(dark, light * 0.3, light), 0, 255).astype(np.uint8)
