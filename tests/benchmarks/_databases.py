"""The same questions at the same time to four ways of finding frames by their tags.

A number of frames comes in; each gets its tags from the made-up index, as documents in MongoDB
with a multikey index and as rows in PostgreSQL with an array and a GIN index; milliseconds go
out. AniPic's own answer includes its 40 documents, read from the same MongoDB by id.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from pymongo import MongoClient
from pymongo.collection import Collection

from anipic_site.mongod import Mongod, free_port
from frames.evaluate import evaluate
from frames.facets import commonest
from frames.index import Index
from frames.pages import page
from frames.query import parse
from frames.scores import numbers
from tests.benchmarks._frames import made_up_index

POSTGRESQL = Path("/usr/lib/postgresql/15/bin")
REPEATS = 5
# name -> (AniPic's query, all of these tags, one of these, none of these)
QUESTIONS: dict[str, tuple[str, list[str], list[str], list[str]]] = {
    "two common tags": ("t1 t2", ["t1", "t2"], [], []),
    "two mid tags": ("t120 t160", ["t120", "t160"], [], []),
    "a rare tag": ("t2500", ["t2500"], [], []),
    "common and rare": ("t1 t900", ["t1", "t900"], [], []),
    "exclude each other": ("daytime_0 daytime_1", ["daytime_0", "daytime_1"], [], []),
    "(a | b) -c": ("(t3 | t40) -t2", [], ["t3", "t40"], ["t2"]),
    "random 40": ("t1 order:random:1", ["t1"], [], []),
    "30 commonest tags": ("t1", ["t1"], [], []),
}

Ask = Callable[[str], object]


def beside(frames: int) -> dict[str, Any]:
    """Median milliseconds of every question for every database that is here."""
    index = made_up_index(frames)
    figures: dict[str, Any] = {"frames": frames}
    with mongodb(index) as collection:
        asked: dict[str, Ask] = {
            "AniPic": lambda name: ask_anipic(index, collection, name),
            "MongoDB": lambda name: ask_mongodb(collection, name),
        }
        figures["ms"] = {name: measure(ask) for name, ask in asked.items()}
    if (POSTGRESQL / "initdb").exists():
        with postgresql(index) as ask:
            figures["ms"]["PostgreSQL"] = measure(ask, timed=True)
    else:
        print(f"PostgreSQL: skipped, there is no {POSTGRESQL}/initdb", file=sys.stderr)
    show(figures)
    return figures


def measure(ask: Ask, *, timed: bool = False) -> dict[str, float]:
    """`timed` answers say themselves how many milliseconds the server took."""
    found = {}
    for name in QUESTIONS:
        ask(name)
        taken = []
        for _ in range(REPEATS):
            started = time.perf_counter()
            answer = ask(name)
            elapsed = 1000 * (time.perf_counter() - started)
            taken.append(float(str(answer)) if timed else elapsed)
        found[name] = median(taken)
    return found


def show(figures: dict[str, Any]) -> None:
    names = list(figures["ms"])
    head = f"ms at {figures['frames']:,} frames"
    print(f"\n{head:32}" + "".join(f"{name:>14}" for name in names), file=sys.stderr)
    for question in QUESTIONS:
        row = "".join(f"{figures['ms'][name][question]:14,.2f}" for name in names)
        print(f"{question:32}{row}", file=sys.stderr)


def rows(index: Index) -> Iterator[tuple[int, list[str]]]:
    """(id, tags) frame after frame, from the bitmaps."""
    tags = [str(tag) for tag in index.lists["tag"]]
    lists = [numbers(index.ids("tag", tag)) for tag in tags]
    ids = np.concatenate(lists)
    order = np.argsort(ids, kind="stable")
    which = np.repeat(np.arange(len(tags), dtype=np.uint16), [len(one) for one in lists])[order]
    ends = np.cumsum(np.bincount(ids, minlength=index.size))
    del ids, order
    for id in index.all:
        yield id, [tags[number] for number in which[ends[id - 1] : ends[id]]]


# AniPic


def ask_anipic(index: Index, collection: Collection, name: str) -> object:
    text, *_ = QUESTIONS[name]
    if name.startswith("30"):
        hits = evaluate(index, parse(text).where)
        return commonest(hits, index.lists["tag"], 30)
    found = page(index, parse(text))
    return list(collection.find({"_id": {"$in": found.ids}})), found.count


# MongoDB


@contextmanager
def mongodb(index: Index) -> Iterator[Collection]:
    with tempfile.TemporaryDirectory() as folder:
        mongod = Mongod(Path(folder), free_port())
        mongod.start()
        try:
            with MongoClient("127.0.0.1", mongod.port, directConnection=True) as client:
                collection = client["bench"]["frames"]
                batch = []
                for id, tags in rows(index):
                    batch.append({"_id": id, "labels": tags, "series_slug": "show", "time": 1.5})
                    if len(batch) == 5000:
                        collection.insert_many(batch, ordered=False)
                        batch = []
                if batch:
                    collection.insert_many(batch, ordered=False)
                collection.create_index([("labels", 1), ("_id", -1)])
                yield collection
        finally:
            mongod.stop()


def ask_mongodb(collection: Collection, name: str) -> object:
    _, every, some, none = QUESTIONS[name]
    labels: dict[str, Any] = {}
    if every:
        labels["$all"] = every
    if some:
        labels["$in"] = some
    if none:
        labels["$nin"] = none
    match = {"$match": {"labels": labels}}
    if name.startswith("30"):
        group = {"$group": {"_id": "$labels", "n": {"$sum": 1}}}
        commonest = [match, {"$unwind": "$labels"}, group, {"$sort": {"n": -1}}, {"$limit": 30}]
        return list(collection.aggregate(commonest))
    if name.startswith("random"):
        return list(collection.aggregate([match, {"$sample": {"size": 40}}])), count(
            collection, labels
        )
    found = list(collection.find({"labels": labels}).sort("_id", -1).limit(40))
    return found, count(collection, labels)


def count(collection: Collection, labels: dict[str, Any]) -> int:
    return collection.count_documents({"labels": labels})


# PostgreSQL


@contextmanager
def postgresql(index: Index) -> Iterator[Ask]:
    """Answers with the milliseconds that `psql` says the statements took."""
    folder = Path(tempfile.mkdtemp(prefix="anipic-postgresql-"))
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres")
    port = str(free_port())
    try:
        run(user, "initdb", "-D", folder / "data", "-A", "trust", "--no-sync")
        settings = f"-p {port} -k {folder} -c listen_addresses= -c fsync=off"
        settings += " -c shared_buffers=1GB -c maintenance_work_mem=512MB -c work_mem=64MB"
        run(
            user,
            *("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"),
            *("-o", settings, "start"),
        )
        psql = [*user, str(POSTGRESQL / "psql"), "-h", str(folder), "-p", port]
        if not user:
            psql += ["-d", "postgres"]
        numbers = {str(tag): number for number, tag in enumerate(index.lists["tag"])}
        load(psql, index, numbers)
        yield lambda name: ask_postgresql(psql, numbers, name)
    finally:
        subprocess.run(
            [*user, POSTGRESQL / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"],
            stdout=subprocess.DEVNULL,
        )
        shutil.rmtree(folder, ignore_errors=True)


def run(user: list[str], program: str, *arguments: object) -> None:
    command = [*user, str(POSTGRESQL / program), *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def load(psql: list[str], index: Index, numbers: dict[str, int]) -> None:
    table = "CREATE UNLOGGED TABLE frames (id int PRIMARY KEY, tags int[] NOT NULL)"
    subprocess.run([*psql, "-qc", table], check=True, cwd="/")
    copy = subprocess.Popen(
        [*psql, "-qc", "COPY frames FROM STDIN"], stdin=subprocess.PIPE, text=True, cwd="/"
    )
    assert copy.stdin is not None
    for id, tags in rows(index):
        copy.stdin.write(f"{id}\t{{{','.join(str(numbers[tag]) for tag in tags)}}}\n")
    copy.stdin.close()
    if copy.wait():
        raise OSError("PostgreSQL did not take the rows")
    subprocess.run(
        [*psql, "-qc", "CREATE INDEX ON frames USING gin (tags)", "-c", "VACUUM ANALYZE frames"],
        check=True,
        cwd="/",
    )


def ask_postgresql(psql: list[str], numbers: dict[str, int], name: str) -> float:
    _, every, some, none = QUESTIONS[name]
    conditions = [
        f"{negation}tags {operator} '{{{','.join(str(numbers[tag]) for tag in tags)}}}'"
        for negation, operator, tags in (("", "@>", every), ("", "&&", some), ("NOT ", "&&", none))
        if tags
    ]
    where = f"FROM frames WHERE {' AND '.join(conditions)}"
    if name.startswith("30"):
        statements = [
            f"SELECT tag, count(*) FROM (SELECT unnest(tags) AS tag {where}) AS shown "
            "GROUP BY tag ORDER BY 2 DESC LIMIT 30"
        ]
    else:
        order = "random()" if name.startswith("random") else "id DESC"
        statements = [f"SELECT * {where} ORDER BY {order} LIMIT 40", f"SELECT count(*) {where}"]
    asked = [part for statement in statements for part in ("-c", statement)]
    answer = subprocess.run(
        [*psql, "-c", "\\timing on", *asked], check=True, capture_output=True, text=True, cwd="/"
    )
    return sum(float(found) for found in re.findall(r"^Time: ([\d.]+) ms", answer.stdout, re.M))
