"""Reading whatever calls itself an image."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ingest.image_files import ENOUGH, UnreadableImage, find_images, read_image

RAMP = np.tile(np.linspace(0, 255, 64, dtype=np.uint8), (36, 1))
RGB = np.dstack([RAMP, RAMP[:, ::-1], RAMP])


def test_cmyk_and_sixteen_bit_and_transparent_pictures_are_read_as_rgb(tmp_path: Path) -> None:
    Image.fromarray(RGB).convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    Image.fromarray(RAMP.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(np.dstack([RGB, RAMP])).save(tmp_path / "clear.png")
    cmyk, deep, clear = (read_image(tmp_path / n)[0] for n in ("cmyk.jpg", "deep.png", "clear.png"))
    assert np.abs(cmyk.astype(int) - RGB).mean() < 12
    assert np.array_equal(deep, np.dstack([RAMP] * 3))
    assert clear[0, 0].tolist() == [128, 128, 128]


def test_exif_rotation_is_undone(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RGB).rotate(90, expand=True).save(tmp_path / "a.jpg", exif=exif, quality=95)
    rgb, size = read_image(tmp_path / "a.jpg")
    assert size == (64, 36)
    assert np.abs(rgb.astype(int) - RGB).mean() < 8


def test_a_large_jpeg_is_decoded_at_a_fraction_and_its_size_is_told(tmp_path: Path) -> None:
    Image.new("RGB", (8660, 5774), (90, 10, 60)).save(tmp_path / "a.jpg")
    rgb, size = read_image(tmp_path / "a.jpg")
    assert size == (8660, 5774)
    assert rgb.shape[1] < 2000


@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (1921, 1081), (5200, 2900)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_plain_jpeg_is_decoded_as_pillow_does(
    tmp_path: Path, size: tuple[int, int], mode: str
) -> None:
    Image.fromarray(RGB).resize(size).convert(mode).save(tmp_path / "a.jpg", quality=80)
    rgb, _ = read_image(tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        image.draft("RGB", ENOUGH)
        expected = np.asarray(image.convert("RGB"))
    assert rgb.shape == expected.shape and min(rgb.shape[1] - 640, rgb.shape[0] - 360) >= 0
    assert np.abs(rgb.astype(int) - expected).max() <= 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jpg", b"", "empty"),
        ("text.png", b"this is no picture", "not an image"),
        ("cut.png", None, "truncated"),
        ("cut.jpg", None, "truncated"),
        ("bomb.png", "bomb", "pixels"),
        ("moving.gif", "moving", "animated"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_reason(
    tmp_path: Path, name: str, content: bytes | str | None, reason: str
) -> None:
    path = tmp_path / name
    if content is None:
        Image.fromarray(RGB).save(path)
        path.write_bytes(path.read_bytes()[:-60])
    elif content == "bomb":
        path.write_bytes(bomb())
    elif content == "moving":
        still = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
        still[0].save(path, save_all=True, append_images=still[1:])
    else:
        assert isinstance(content, bytes)
        path.write_bytes(content)
    with pytest.raises(UnreadableImage, match=reason):
        read_image(path)


def bomb() -> bytes:
    """A PNG of a hundred bytes that claims 60,000x60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def test_images_are_found_in_subfolders_but_not_in_the_trash(tmp_path: Path) -> None:
    for name in ("b.jpg", "a/c.PNG", "trash/d.jpg", "notes.txt", ".hidden.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_images(tmp_path, leave_out=tmp_path / "trash")
    assert [str(path.relative_to(tmp_path)) for path in found] == ["b.jpg", "a/c.PNG"]
