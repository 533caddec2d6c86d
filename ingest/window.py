"""The state of a run comes in, five times a second at most; a window shows it, can pause and stop.

It lives in a process of its own and is sent what fits into a short queue, so the work never waits
for it. Where it cannot be shown, or is closed, the work goes on.
"""

import contextlib
import os
import queue
import sys
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from ingest.watcher import State, Watcher

# Seconds between two messages, two pairs of pictures, two measurements of the memory. With these
# and the lower priority the work is slowed by less than 5% (`python -m tests.benchmarks.dedupe`).
EVERY, PICTURES_EVERY, MEMORY_EVERY = 0.2, 1.0, 2.0
NICE = 10
PICTURE = (480, 270)
GROUND, PAPER, INK, FAINT, ACCENT = "#14161a", "#1f2329", "#f2f3f5", "#9aa3ad", "#7aa2f7"


def can_be_shown() -> bool:
    """Whether there is a display to show a window on."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Window(Watcher):
    """The side of the work: passes on what happens, obeys the buttons."""

    def __init__(self, then: Watcher):
        """`then` is told of everything as well."""
        context = get_context("spawn")
        self._then = then
        self._states: Any = context.Queue(maxsize=4)
        self._paused, self._stopped = context.Event(), context.Event()
        self._sent = 0.0
        self._phase = ""
        self._process = context.Process(
            target=_show,
            args=(self._states, self._paused, self._stopped, os.getpid()),
            daemon=True,
        )
        self._process.start()

    @property
    def problem(self) -> str | None:
        """Why there is no window, once that is known."""
        failed = self._process.exitcode not in (None, 0)
        return "the window could not be opened; the work goes on without it" if failed else None

    def processor_seconds(self) -> float:
        """What the window has cost so far."""
        times = psutil.Process(self._process.pid).cpu_times()
        return times.user + times.system

    def changed(self, state: State) -> None:
        self._then.changed(state)
        now = time.monotonic()
        if now - self._sent < EVERY and state.phase == self._phase:
            return
        self._sent, self._phase = now, state.phase
        with contextlib.suppress(queue.Full):
            self._states.put_nowait(replace(state))  # it is sent later, as it is now

    def go_on(self) -> bool:
        while self._paused.is_set() and not self._stopped.is_set() and self._process.is_alive():
            time.sleep(0.05)
        return not self._stopped.is_set() and self._then.go_on()

    def close(self) -> None:
        self._states.cancel_join_thread()
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()


def _show(states: Any, paused: Any, stopped: Any, work: int) -> None:
    """The window's process. It exits with 0 when it is closed, with 1 if it cannot be opened."""
    try:
        import tkinter

        root = tkinter.Tk()
    except Exception as error:  # no tkinter in this Python, or no display
        sys.exit(f"No window can be shown: {error}")
    with contextlib.suppress(OSError):
        os.nice(NICE)
    _Panel(root, states, paused, stopped, psutil.Process(work))
    root.mainloop()


class _Panel:
    def __init__(self, root: Any, states: Any, paused: Any, stopped: Any, work: psutil.Process):
        import tkinter
        from tkinter import ttk

        self._root, self._states, self._work = root, states, work
        self._paused, self._stopped = paused, stopped
        self._shown: tuple[Path | None, Path | None] = (None, None)
        self._shown_at = self._measured_at = 0.0
        self._photos: list[Any] = []
        root.title("AniPic: near-duplicates")
        root.configure(bg=GROUND, padx=24, pady=20)
        root.resizable(False, False)
        ttk.Style(root).theme_use("clam")
        style = {"background": ACCENT, "troughcolor": PAPER, "borderwidth": 0, "thickness": 10}
        edges = {"bordercolor": PAPER, "lightcolor": ACCENT, "darkcolor": ACCENT}
        ttk.Style(root).configure("Horizontal.TProgressbar", **style, **edges)

        def label(text: str, row: int, column: int, size: int, ink: str = INK, **grid: Any) -> Any:
            made = tkinter.Label(root, text=text, bg=GROUND, fg=ink, font=("Helvetica", size))
            made.grid(row=row, column=column, **grid)
            return made

        label("Current", 0, 0, 11, FAINT, sticky="w", columnspan=3)
        label("Kept in its place", 0, 3, 11, FAINT, sticky="w", columnspan=3)
        self._frames = []
        for column in (0, 3):
            place = tkinter.Frame(root, width=PICTURE[0], height=PICTURE[1], bg=PAPER)
            place.grid(row=1, column=column, columnspan=3, padx=(0, 16) if column == 0 else 0)
            place.pack_propagate(False)
            picture = tkinter.Label(place, bg=PAPER, fg=FAINT)
            picture.pack(expand=True, fill="both")
            self._frames.append(picture)
        self._names = [
            label(" ", 2, column, 10, FAINT, sticky="w", columnspan=3) for column in (0, 3)
        ]
        self._values = {}
        titles = ("MSE", "Elapsed", "Memory", "Chunk", "Deleted", "Unreadable")
        for column, title in enumerate(titles):
            label(title, 3, column, 10, FAINT, sticky="w", pady=(14, 0))
            self._values[title] = label("-", 4, column, 16, sticky="w")
            root.grid_columnconfigure(column, weight=1, uniform="figures")
        self._said = label("starting", 5, 0, 11, FAINT, columnspan=6, sticky="w", pady=(14, 4))
        self._bar = ttk.Progressbar(root, length=2 * PICTURE[0] + 16, maximum=1)
        self._bar.grid(row=6, column=0, columnspan=6)
        buttons = tkinter.Frame(root, bg=GROUND)
        buttons.grid(row=7, column=0, columnspan=6, sticky="e", pady=(16, 0))
        self._pause = self._button(buttons, "Pause", self._toggle)
        self._stop = self._button(buttons, "Stop", self._end)
        root.protocol("WM_DELETE_WINDOW", root.destroy)
        root.after(50, self._poll)

    def _button(self, parent: Any, text: str, command: Any) -> Any:
        import tkinter

        made = tkinter.Button(parent, text=text, command=command, width=10, bd=0)
        made.configure(bg=PAPER, fg=INK, activebackground=ACCENT, highlightthickness=0)
        made.pack(side="left", padx=(10, 0), ipady=5)
        return made

    def _toggle(self) -> None:
        if self._paused.is_set():
            self._paused.clear()
        else:
            self._paused.set()
        self._pause.configure(text="Go on" if self._paused.is_set() else "Pause")

    def _end(self) -> None:
        self._stopped.set()
        self._stop.configure(state="disabled", text="Stopping")

    def _poll(self) -> None:
        """Show the latest state; earlier ones that are waiting are of no interest any more."""
        state = None
        with contextlib.suppress(queue.Empty):
            while True:
                state = self._states.get_nowait()
        if state is not None:
            self._draw(state)
        if not self._work.is_running():
            self._root.destroy()
            return
        self._root.after(200, self._poll)

    def _draw(self, state: State) -> None:
        now = time.monotonic()
        minutes, seconds = divmod(int(now - state.started), 60)
        texts = {
            "MSE": "-" if state.mse is None else f"{state.mse:.6f}",
            "Elapsed": f"{minutes // 60}:{minutes % 60:02}:{seconds:02}",
            "Chunk": f"{state.chunk} / {state.chunks}",
            "Deleted": f"{state.removed:,}",
            "Unreadable": f"{state.unreadable:,}",
        }
        if now - self._measured_at > MEMORY_EVERY:
            self._measured_at = now
            texts["Memory"] = f"{_memory(self._work) / 1e6:,.0f} MB"
        for title, text in texts.items():
            self._values[title].configure(text=text)
        self._said.configure(text=f"{state.phase}: {state.done:,} of {state.total:,} pictures")
        self._bar.configure(value=state.done / max(1, state.total))
        pair = (state.current, state.compared)
        if pair != self._shown and now - self._shown_at > PICTURES_EVERY:
            self._shown, self._shown_at = pair, now
            self._photos = [
                self._put(place, name, path)
                for place, name, path in zip(self._frames, self._names, pair, strict=True)
            ]

    def _put(self, place: Any, name: Any, path: Path | None) -> Any:
        """Show a picture, or say that it is gone; what is returned must be kept alive."""
        from PIL import Image, ImageTk

        title = " " if path is None else path.name
        name.configure(text=title if len(title) <= 55 else f"...{title[-52:]}")
        try:
            if path is None:
                raise FileNotFoundError
            with Image.open(path) as image:
                image.draft("RGB", PICTURE)
                image.thumbnail(PICTURE)
                photo = ImageTk.PhotoImage(image.convert("RGB"), master=self._root)
        except Exception:  # deleted meanwhile, or of a kind that cannot be shown
            place.configure(image="", text="" if path is None else "gone")
            return None
        place.configure(image=photo, text="")
        return photo


def _memory(work: psutil.Process) -> int:
    """Bytes in memory of the run and of its workers."""
    total = 0
    for process in (work, *work.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total
