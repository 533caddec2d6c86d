"""`make bench`: every benchmark of this package runs, one table of all their figures goes out.

Each runs in a process of its own, at its default size; its own, fuller tables go to standard error.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def benchmarks() -> list[str]:
    """The names of the modules of this package that can be run: those with a `main`."""
    modules = (path for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    return sorted(path.stem for path in modules if "\ndef main(" in path.read_text())


def run(name: str) -> dict[str, Any]:
    """The figures of one benchmark. Raises `CalledProcessError` if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", "--json", str(out)]
        subprocess.run(command, stdout=sys.stderr, check=True)
        return json.loads(out.read_text())


def flat(figures: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested figures as (dotted name, value), lists by their positions."""
    if isinstance(figures, dict):
        for key, value in figures.items():
            yield from flat(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(figures, list):
        yield from flat(dict(enumerate(figures)), prefix)
    else:
        yield prefix, figures


def main() -> None:
    failed = []
    rows = []
    for name in benchmarks():
        started = time.monotonic()
        try:
            figures = run(name)
        except subprocess.CalledProcessError as error:
            failed.append(f"{name} (exit status {error.returncode})")
            continue
        rows += [(name, figure, value) for figure, value in flat(figures)]
        rows.append((name, "(seconds it took)", round(time.monotonic() - started, 1)))
    for name, figure, value in rows:
        print(f"{name:16} {figure:56} {f'{value:,.4g}' if isinstance(value, float) else value}")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
