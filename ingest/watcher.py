"""What a run on a folder tells to whoever watches it, be it a progress bar or a window."""

import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class State:
    """How far a run is; paths and MSE of the latest comparison."""

    phase: str = "reading"
    chunk: int = 0
    chunks: int = 0
    done: int = 0
    total: int = 0
    removed: int = 0
    unreadable: int = 0
    current: Path | None = None
    compared: Path | None = None
    mse: float | None = None
    started: float = field(default_factory=time.monotonic)


class Watcher:
    """Is told of every change and asked whether to go on. This one says nothing and always does."""

    def changed(self, state: State) -> None: ...

    def go_on(self) -> bool:
        """May block for as long as the user pauses; False to stop."""
        return True
