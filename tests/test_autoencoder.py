"""The autoencoder: what is trained in torch is what numpy runs."""

import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from safetensors import safe_open

from ingest.autoencoder import Training
from ingest.encoder import CHECKPOINT, Encoder, mse


def pictures(count: int = 24) -> np.ndarray:
    grids = np.random.default_rng(1).integers(0, 256, (count, 9, 16, 3), np.uint8)
    return np.kron(grids, np.ones((1, 9, 9, 1), np.uint8))


def test_the_encoder_without_torch_gives_what_torch_gives(tmp_path: Path) -> None:
    import torch

    training = Training(pictures())
    training.save(tmp_path / "a.safetensors", "random squares")
    values = torch.from_numpy(pictures().transpose(0, 3, 1, 2).astype(np.float32) / 255)
    with torch.no_grad():
        expected = training.encoder(values).flatten(1).numpy()
    codes = Encoder.load(tmp_path / "a.safetensors").codes(pictures())
    assert codes.shape == (24, 360)
    assert np.abs(codes - expected).max() < 1e-4


def test_codes_are_on_the_scale_of_pixels(tmp_path: Path) -> None:
    shown = pictures()
    training = Training(shown)
    training.save(tmp_path / "a.safetensors")
    codes = Encoder.load(tmp_path / "a.safetensors").codes(training.training)
    of_codes = mse(codes, np.roll(codes, 1, axis=0)).mean()
    values = training.training / 255
    assert of_codes == pytest.approx(((values - np.roll(values, 1, axis=0)) ** 2).mean(), rel=0.01)


def test_training_learns() -> None:
    shades = np.arange(0, 240, 6, dtype=np.uint8)[:, None, None, None]
    flat = np.broadcast_to(shades, (40, 81, 144, 3)).copy()
    epochs = list(Training(flat).run(epochs=15, rate=5e-3))
    assert epochs[-1].training < epochs[0].training
    assert epochs[-1].validation < epochs[0].validation


def test_the_shipped_checkpoint_is_small_and_says_where_it_comes_from() -> None:
    assert CHECKPOINT.stat().st_size < 2_000_000
    with safe_open(str(CHECKPOINT), "numpy") as file:
        metadata = file.metadata()
    assert "Blender Foundation" in metadata["data"]
    assert json.loads(metadata["recipe"])["epochs"] > 0


def test_like_pictures_have_near_vectors_whatever_their_brightness() -> None:
    shown = pictures(3)
    dimmed = (shown * 0.5).astype(np.uint8)
    encoder = Encoder.load()
    vectors, others = encoder.vectors(shown), encoder.vectors(dimmed)
    within = np.square(vectors - others).sum(1).max()
    assert within < 0.05 * np.square(vectors - np.roll(vectors, 1, axis=0)).sum(1).min()


def test_the_command_trains_on_a_folder_and_shows_reconstructions(tmp_path: Path, capsys) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for number, rgb in enumerate(pictures(12)):
        Image.fromarray(rgb).save(folder / f"{number}.png")
    (folder / "broken.jpg").write_text("no picture")
    output = tmp_path / "a.safetensors"
    call_command("train_autoencoder", folder, output=output, epochs=2, json=True)
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    assert result["pictures"] == 12 and result["bytes"] == output.stat().st_size
    assert "validation loss" in printed.err and "broken.jpg" in printed.err
    assert Image.open(result["samples"]).height == 162


def test_too_few_pictures_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="fewer than two"):
        call_command("train_autoencoder", tmp_path)
