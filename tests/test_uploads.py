"""An uploaded picture is decoded within bounds, or refused with a reason."""

import contextlib
import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from frames import uploads
from frames.uploads import BadUpload, decode


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(width: int = 400, height: int = 300) -> Image.Image:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def refused(content: bytes) -> BadUpload:
    with pytest.raises(BadUpload) as caught:
        decode(content, max_side=640)
    return caught.value


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP"])
def test_every_format_is_told_by_its_content(kind: str) -> None:
    assert decode(encoded(noise(), kind), max_side=640).shape == (300, 400, 3)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "I;16", "1"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    picture = Image.new(mode, (80, 60))
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert decode(encoded(picture, kind), max_side=640).shape == (60, 80, 3)


def test_what_is_transparent_is_black() -> None:
    picture = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    assert decode(encoded(picture, "PNG"), max_side=640).max() == 0


def test_a_large_picture_is_reduced() -> None:
    assert decode(encoded(noise(1600, 1000), "JPEG"), max_side=640).shape == (400, 640, 3)


def test_a_turned_photograph_is_turned_back() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    assert decode(encoded(noise(), "JPEG", exif=exif), max_side=640).shape == (400, 300, 3)


def test_an_empty_file_is_refused() -> None:
    assert refused(b"").status == 400


def test_a_text_file_is_refused_whatever_it_is_called() -> None:
    assert refused(b"\xff\xd8 not really a JPEG").status == 415
    assert refused(b"<svg xmlns='http://www.w3.org/2000/svg'/>").status == 415


def test_fifty_megapixels_are_refused_before_they_are_decoded() -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        content = encoded(Image.new("RGB", (8200, 6200)), kind)
        tracemalloc.start()
        error = refused(content)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (error.status, "8200 x 6200" in str(error)) == (413, True)
        assert peak < 5_000_000


def test_a_bomb_is_refused() -> None:
    """Six hundred million pixels in less than a megabyte."""
    content = encoded(Image.new("1", (30_000, 20_000)), "PNG")
    assert len(content) < 1_000_000
    assert refused(content).status == 413


def test_too_many_bytes_are_refused() -> None:
    assert refused(b"x" * (uploads.MAX_BYTES + 1)).status == 413


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animated_picture_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    assert "animated" in str(refused(content))


def test_a_tiny_picture_is_refused() -> None:
    assert refused(encoded(noise(16, 400), "PNG")).status == 422


def test_a_cut_off_picture_is_refused() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        content = encoded(noise(), kind)
        assert refused(content[: len(content) // 2]).status in (415, 422)


def test_a_jpeg_of_a_hundred_scans_is_refused() -> None:
    content = encoded(noise(), "JPEG", progressive=True)
    scan = content[content.index(b"\xff\xda") : -2]
    assert "scans" in str(refused(content[:-2] + scan * 100 + content[-2:]))


def test_decoding_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_SECONDS", -1.0)
    assert refused(encoded(noise(), "PNG")).status == 422


def test_damaged_bytes_never_raise_anything_else() -> None:
    chance = np.random.default_rng(7)
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"):
        content = bytearray(encoded(noise(80, 60), kind))
        for place in chance.integers(0, len(content), 40):
            damaged = bytes(content[:place]) + bytes([chance.integers(256)]) * 3
            damaged += bytes(content[place + 3 :])
            with contextlib.suppress(BadUpload):
                assert decode(damaged, max_side=640).ndim == 3
