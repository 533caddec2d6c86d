"""`python -m tests.benchmarks.tagging`: what `taught` learns from the demo's first episode, and
what tagging costs beside the model itself.

Both episodes are ingested, the truth about the first is told as verdicts, and the suggestions shown
on the second are held against its truth, tag by tag; beside them the tags of the nearest picture of
the first episode, by the same features. Then a model without meaning, about half the work of
wd-vit-v3, tags pictures through the whole pipeline and, for comparison, runs on the same
pictures ready in memory. Last, a curator tries a threshold on as many made-up scores as wanted.
"""

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import numpy as np
from django.core.management import call_command

from ingest.demo import render_demo, source_version
from tests.servers import running_mongod

if TYPE_CHECKING:
    from frames.models import Episode, Frame

ASKED = ("crying", "smile", "fight", "rain", "night", "snow")
BLOCKS = 10
TURNS = 2
ROUNDS = 4  # through all pictures, to see whether memory grows

Truth = list[set[str]]  # by frame


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.tagging")
    parser.add_argument("--scored", type=int, default=100_000, help="frames with made-up scores")
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name, running_mongod(Path(name)) as uri:
        folder = Path(name)
        os.environ |= {"MONGODB_URI": uri.format("tagging"), "VAR_ROOT": name, "SECRET_KEY": "-"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "anipic_site.settings"
        django.setup()
        episodes = ingest(folder)
        figures = measure_teaching(*episodes) | measure_overhead(folder)
        figures |= measure_preview(options.scored)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


def ingest(folder: Path) -> list["Episode"]:
    from frames.models import Episode

    drawn = render_demo(Path(tempfile.gettempdir()) / f"anipic-demo-{source_version()}")
    shutil.copytree(drawn[0].parent, folder / "demo")
    call_command("migrate", verbosity=0)
    call_command("load_vocabulary", stdout=sys.stderr)
    call_command("ingest", *(str(folder / "demo" / path.name) for path in drawn))
    return list(Episode.objects.order_by("number"))


def measure_teaching(first: "Episode", second: "Episode") -> dict[str, Any]:
    from frames.models import Frame
    from tagging.demo import teach_demo
    from tagging.lessons import teach
    from tagging.models import FrameFeatures

    first_lesson = seconds(lambda: teach_demo(first, [second]))
    lesson_seconds = seconds(teach)
    known, known_truth = judged(first)
    frames, truth = judged(second)
    suggested = suggestions_of(frames)
    nearest = [known_truth[index] for index in nearest_of(frames, known)]
    stored = FrameFeatures.objects.first()
    tags = {
        tag: {"taught": f1(suggested, truth, tag), "nearest": f1(nearest, truth, tag)}
        for tag in qualified()
        if any(tag in true for true in truth)
    }
    return {
        "tags": tags,
        "qualified": len(qualified()),
        "macro_f1": mean_of(tags, "taught"),
        "macro_f1_nearest": mean_of(tags, "nearest"),
        "asked_that_qualify": sum(tag in tags for tag in ASKED),
        "frames_taught": len(known),
        "frames_asked": len(frames),
        "teach_seconds": lesson_seconds,
        "teach_and_tag_seconds": first_lesson,
        "bytes_a_frame": len(stored.vector) if stored else 0,
        "frames": Frame.objects.count(),
    }


def qualified() -> list[str]:
    from frames.models import Tag

    tags = Tag.objects.filter(measured__isnull=False).order_by("name")
    return [tag.name for tag in tags if tag.measured and tag.measured.suggests]


def judged(episode: "Episode") -> tuple[list["Frame"], Truth]:
    """The frames of the episode of which the truth is known, and what it is."""
    from frames.models import Frame
    from tagging.demo import read_truth, true_tags

    told = read_truth(episode)
    frames = Frame.objects.filter(episode=episode).order_by("id")
    pairs = [(frame, true_tags(told, frame.time)) for frame in frames]
    known = [(frame, true) for frame, true in pairs if true is not None]
    return [frame for frame, _ in known], [true for _, true in known]


def suggestions_of(frames: list["Frame"]) -> Truth:
    """What `taught` suggests, also where another tagger suggests the same with a higher score."""
    from tagging.lessons import taught_tagger
    from tagging.models import FrameScores

    tagger = taught_tagger()
    limits = tagger.thresholds if tagger else {}
    scores = FrameScores.objects.in_bulk([frame.pk for frame in frames])
    votes = [scores[frame.pk].taggers["taught"]["voted"] for frame in frames]
    return [{tag for tag, score in vote.items() if score >= limits[tag]} for vote in votes]


def nearest_of(frames: list["Frame"], known: list["Frame"]) -> list[int]:
    """For each frame, which of the known ones has the highest cosine."""
    from tagging.features import features_of

    def directions(of: list["Frame"]) -> np.ndarray:
        vectors = features_of(of)
        table = np.stack([vectors[frame.pk] for frame in of])
        return table / np.linalg.norm(table, axis=1, keepdims=True)

    return (directions(frames) @ directions(known).T).argmax(axis=1).tolist()


def f1(found: Truth, truth: Truth, tag: str) -> float:
    hits = sum(tag in one and tag in other for one, other in zip(found, truth, strict=True))
    total = sum(tag in one for one in found) + sum(tag in one for one in truth)
    return 2 * hits / total if total else 0.0


def mean_of(tags: dict[str, dict[str, float]], kind: str) -> float:
    return sum(scores[kind] for scores in tags.values()) / len(tags)


def measure_overhead(folder: Path) -> dict[str, float]:
    """Frames a second of the bare session and of the pipeline (both several times by turns; the
    best of each counts), and how much memory the pipeline takes."""
    from frames.models import Frame
    from tagging.pictures import read_picture
    from tagging.taggers.basic import BasicTagger
    from tagging.taggers.wd import WdTagger, prepare
    from tagging.vocabulary import read_vocabulary
    from tagging.work import PICTURES, tag_frames
    from tests.onnx_models import write_heavy_model

    names = sorted({name for tag in read_vocabulary() for name in tag.danbooru})
    tagger = WdTagger(write_heavy_model(folder / "model", names, blocks=BLOCKS))
    frames = list(Frame.objects.order_by("id")[:PICTURES])
    pictures = np.stack([prepare(read_picture(frame), tagger.side) for frame in frames])

    def bare() -> None:
        tagger._run(pictures)

    def pipeline() -> None:
        tag_frames(frames, [tagger], run="benchmark", retag=True)

    bare()  # the session warms up
    before = peak_megabytes()
    taken = [(seconds(bare), seconds(pipeline)) for _ in range(TURNS)]
    alone, through = (min(times) for times in zip(*taken, strict=True))
    after = peak_megabytes()
    every = list(Frame.objects.order_by("id"))
    basic = BasicTagger()
    tag_frames(every, [basic], run="benchmark", retag=True)
    once = peak_megabytes()
    rounds = chain.from_iterable(every for _ in range(ROUNDS - 1))
    tag_frames(rounds, [basic], run="benchmark", retag=True)
    return {
        "bare_frames_a_second": len(frames) / alone,
        "pipeline_frames_a_second": len(frames) / through,
        "pipeline_over_bare": alone / through,
        "pipeline_adds_megabytes": after - before,
        "more_frames_add_megabytes": peak_megabytes() - once,
        "peak_megabytes": peak_megabytes(),
    }


def measure_preview(count: int) -> dict[str, float]:
    """`count` frames with 20 scores each, half of them between the old and the new threshold."""
    from django.db import connection

    from frames.models import Frame
    from tagging.marks import mark
    from tagging.models import FrameScores
    from tagging.preview import preview
    from tagging.rethreshold import Setting

    frames = connection.get_collection(Frame._meta.db_table)
    scores = connection.get_collection(FrameScores._meta.db_table)
    chance = np.random.default_rng(0)
    first = 10_000_000
    for start in range(first, first + count, 5000):
        ids = range(start, min(start + 5000, first + count))
        frames.insert_many({"_id": id, "labels": [], "tags": [], "keeper_id": None} for id in ids)
        scores.insert_many(
            {
                "_id": id,
                "taggers": {"basic": {"version": "3", "own": own, "voted": own}},
                "marks": sorted(mark("basic", tag, score) for tag, score in own.items()),
            }
            for id, row in zip(ids, chance.uniform(0.1, 0.5, (len(ids), 20)).round(4), strict=True)
            for own in [{"day": float(row[0])} | {f"t{n}": float(row[n]) for n in range(1, 20)}]
        )
    told: list[Any] = []
    taken = seconds(lambda: told.append(preview(Setting(tag="day", threshold=0.3))))
    size = connection.database.command("collstats", FrameScores._meta.db_table)["indexSizes"]
    return {
        "preview_candidates": told[0].candidates,
        "preview_gains": told[0].effects["day"].gains,
        "preview_error": told[0].effects["day"].error,
        "preview_seconds": taken,
        "mark_bytes": size["scores_marks"] / (20 * count),
    }


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def show(figures: dict[str, Any]) -> None:
    print(f"{'F1 on episode 2':28} {'taught':>10} {'nearest':>10}")
    for tag, scores in figures["tags"].items():
        print(f"{tag:28} {scores['taught']:10.2f} {scores['nearest']:10.2f}")
    for name, value in figures.items():
        if name != "tags":
            print(f"{name:28} {value:10,.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
