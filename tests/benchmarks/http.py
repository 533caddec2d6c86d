"""`python -m tests.benchmarks.http`: how many searches a second the API answers, and how soon.

A MongoDB of its own is filled, gunicorn runs with two workers, and `wrk` (or, where that is
missing, a small Python client) asks for pages of different queries on 1, 8 and 200 connections,
and for what the names of the shipped vocabulary may be meant by when half typed.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from tagging.vocabulary import read_vocabulary
from tests.benchmarks.filling import database_of, fill, queries
from tests.servers import ROOT, running_mongod, running_web

CONNECTIONS = (1, 8, 200)
QUERIES = 5000
SCRIPT = """
local paths = {}
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
local place = 0
function request()
    place = place % #paths + 1
    return wrk.format("GET", paths[place])
end
function done(summary, latency, requests)
    local e = summary.errors
    io.stderr:write(string.format(
        '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
        latency:percentile(99) / 1e3, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.http")
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=4, help="for each number of connections")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="the data, for later runs too")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    with kept_or_temporary(options.keep) as folder, running_mongod(folder) as uri:
        figures = measure(uri.format("anipic"), folder, options.frames, options.seconds)
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


@contextmanager
def kept_or_temporary(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="anipic-bench-") as name:
        yield Path(name)


def measure(uri: str, folder: Path, frames: int, seconds: int) -> dict[str, Any]:
    prepare(uri, folder, frames)
    paths = folder / "paths"
    paths.write_text("\n".join(f"/api/v1/frames/?q={quote(q)}" for q in queries(QUERIES, frames)))
    load = with_wrk if shutil.which("wrk") else with_python
    figures: dict[str, Any] = {"frames": frames, "client": load.__name__.removeprefix("with_")}
    print(f"{frames:,} frames\nconnections  requests/s   p50 ms   p99 ms  errors")
    typed = folder / "typed"
    typed.write_text("\n".join(f"/api/v1/autocomplete/?q={quote(q)}" for q in half_typed(QUERIES)))
    limit = {"THROTTLE_READS": "1000000000"}
    with running_web(uri, folder, timeout=1200, **limit) as address:
        load(address, 8, 2, paths)  # both workers have met every path by now
        for connections in CONNECTIONS:
            figures[f"connections_{connections}"] = one = load(address, connections, seconds, paths)
            show(str(connections), one)
        load(address, 8, 1, typed)
        figures["autocomplete"] = load(address, 1, seconds, typed)
        show("typing", figures["autocomplete"])
    return figures


def show(name: str, one: dict[str, Any]) -> None:
    one["requests_per_second"] = one.pop("requests") / one.pop("seconds")
    print(
        f"{name:>11} {one['requests_per_second']:11.0f} {one['p50']:8.2f}"
        f" {one['p99']:8.2f} {one['errors']:7}",
        flush=True,
    )


def half_typed(count: int) -> list[str]:
    """The beginnings of tags and aliases, words in another order, and slips of the fingers."""
    names = [name for tag in read_vocabulary() for name in (tag.name, *tag.aliases)]
    chance = random.Random(1)
    found = []
    for number in range(count):
        name = chance.choice(names).replace("_", " ")
        place = chance.randrange(len(name))
        found.append(
            (
                name[: 1 + place % 4],
                name[: place + 1],
                " ".join(reversed(name.split())),
                name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
            )[number % 4]
        )
    return found


def prepare(uri: str, folder: Path, frames: int) -> None:
    """Collections and indexes by the migrations, then the frames, unless they are there."""
    database = database_of(uri)
    kept = database.frames_frame.estimated_document_count() == frames
    if not kept:
        database.client.drop_database(database.name)
    environment = os.environ | {"MONGODB_URI": uri, "VAR_ROOT": str(folder), "SECRET_KEY": "-"}
    commands = ("migrate --verbosity=0", "load_vocabulary", "collectstatic --noinput --verbosity=0")
    for command in commands:
        subprocess.run(
            [sys.executable, "manage.py", *command.split()], cwd=ROOT, env=environment, check=True
        )
    if not kept:
        started = time.monotonic()
        fill(database, frames)
        print(f"filled in {time.monotonic() - started:.0f} s", file=sys.stderr)


def with_wrk(address: str, connections: int, seconds: int, paths: Path) -> dict[str, Any]:
    script = paths.with_name("wrk.lua")
    script.write_text(SCRIPT)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=10s", "-s", script]
    ran = subprocess.run(
        [*command, address],
        env=os.environ | {"PATHS": str(paths)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stderr)


def with_python(address: str, connections: int, seconds: int, paths: Path) -> dict[str, Any]:
    """The same on threads; it takes part of the two cores for itself."""
    lines = paths.read_text().splitlines()
    host = urlsplit(address).netloc
    times: list[float] = []
    errors: list[Exception | int] = []
    end = time.monotonic() + seconds

    def ask(place: int) -> None:
        connection = http.client.HTTPConnection(host, timeout=10)
        while time.monotonic() < end:
            started = time.perf_counter()
            try:
                connection.request("GET", lines[place % len(lines)])
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    errors.append(answer.status)
            except OSError as error:
                errors.append(error)
                connection.close()
            times.append(time.perf_counter() - started)
            place += connections

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(connections)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(times)
    return {
        "requests": len(times),
        "seconds": time.monotonic() - started,
        "p50": 1000 * ordered[len(ordered) // 2],
        "p99": 1000 * ordered[len(ordered) * 99 // 100],
        "errors": len(errors),
    }


if __name__ == "__main__":
    main()
