"""Fixtures and small makers that the tests share.

A test sees what it has written in the search at once: without a follower thread, the search
catches up with the database at every call (see `frames.index_process`).
"""

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from django.core.management import call_command

from ingest.demo import render_demo, source_version

if TYPE_CHECKING:
    from tests.live import LiveSite

# A shell's `&` has its children ignore SIGINT, which some tests send to theirs.
signal.signal(signal.SIGINT, signal.default_int_handler)

MEDIA = Path(__file__).resolve().parents[2] / "shared" / "media"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Three shots of two seconds (24 fps, 320x180), each a texture of its own that moves a bit."""
    path = tmp_path / "Test Clip - 02.mp4"
    draw_clip(path)
    return path


def draw_clip(path: Path, shots: int = 3, size: tuple[int, int] = (320, 180)) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.pix_fmt = "yuv420p"
        stream.width, stream.height = size
        for shot in range(shots):
            picture = np.random.default_rng(shot).integers(0, 256, (9, 16, 3), np.uint8)
            picture = np.kron(picture, np.ones((20, 20, 1), np.uint8))
            for number in range(48):
                frame = av.VideoFrame.from_ndarray(np.roll(picture, number // 4, axis=1))
                frame = frame.reformat(*size)
                container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name their stylesheet by its hash, which only collected files have."""
    call_command("collectstatic", verbosity=0, interactive=False)


@pytest.fixture(scope="session")
def demo_series() -> list[Path]:
    """The demo's videos, the truth about each beside it as `.json`; drawn once for each version."""
    return render_demo(Path(tempfile.gettempdir()) / f"anipic-demo-{source_version()}")


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator["LiveSite"]:
    """Two web processes with data, for all tests that only read from it."""
    from tests.live import live_site

    limits = {"THROTTLE_READS": "1000000", "THROTTLE_UPLOADS": "1000000"}
    with live_site(tmp_path_factory.mktemp("live"), **limits) as site:
        yield site
