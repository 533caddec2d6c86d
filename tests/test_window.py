"""The window of dedupe_folder, on a display of its own."""

import io
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from ingest.watcher import State, Watcher
from ingest.window import Window, can_be_shown

TOOLS = ("Xvfb", "xdotool", "import")
needs_display = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}"
)


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1100x620x24"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    name = f":{os.read(reading, 20).decode().strip()}"
    monkeypatch.setenv("DISPLAY", name)
    yield name
    server.terminate()
    server.wait()
    os.close(reading)


def screenshot(display: str) -> Image.Image:
    command = ["import", "-display", display, "-window", "root", "png:-"]
    return Image.open(io.BytesIO(subprocess.check_output(command))).convert("RGB")


def click(display: str, x: int, y: int) -> None:
    environment = os.environ | {"DISPLAY": display}
    command = ["xdotool", "mousemove", str(x), str(y), "click", "1"]
    subprocess.run(command, env=environment, check=True)


def eventually(condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


@needs_display
def test_it_shows_both_pictures_and_pauses_and_stops_the_work(display: str, tmp_path: Path) -> None:
    colours = {"red": (200, 30, 30), "green": (30, 180, 60)}
    for name, colour in colours.items():
        Image.new("RGB", (640, 360), colour).save(tmp_path / f"{name}.png")
    state = State("comparing", 1, 2, 30, 100, removed=7, mse=0.0003)
    state.current, state.compared = tmp_path / "red.png", tmp_path / "green.png"
    window = Window(Watcher())
    try:
        window.changed(state)
        assert eventually(lambda: screenshot(display).getpixel((250, 170)) == colours["red"])
        assert screenshot(display).getpixel((750, 170)) == colours["green"]
        assert window.go_on()
        click(display, 815, 482)
        assert eventually(window._paused.is_set)
        click(display, 815, 482)
        assert eventually(lambda: not window._paused.is_set())
        assert window.go_on()
        click(display, 941, 482)
        assert eventually(lambda: not window.go_on())
    finally:
        window.close()


@needs_display
def test_it_takes_little_of_the_processor_however_much_happens(display: str) -> None:
    window = Window(Watcher())
    try:
        assert eventually(lambda: window.processor_seconds() > 0.1)
        time.sleep(1)  # it opens
        before = window.processor_seconds()
        for number in range(600):
            window.changed(State("comparing", done=number, total=600))
            time.sleep(0.005)
        assert window.processor_seconds() - before < 0.05 * 3 * 2  # of two processors
    finally:
        window.close()


@needs_display
def test_a_closed_window_does_not_hold_the_work_up(display: str) -> None:
    window = Window(Watcher())
    window._paused.set()
    window._process.terminate()
    window._process.join()
    assert window.go_on()
    for _ in range(100):
        window.changed(State())
    window.close()


def test_without_a_display_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not can_be_shown()
    window = Window(Watcher())
    window._process.join(20)
    window.changed(State())
    assert window.go_on()
    assert window.problem and "goes on without it" in window.problem
    window.close()
