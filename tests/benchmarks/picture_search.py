"""`python -m tests.benchmarks.picture_search`: how often a screenshot finds its frame, how soon,
and how often a foreign picture is taken for certain.

The first episode of the demo and the clips at hand are ingested, their frames distorted and sent to
`search-by-image/`; the second episode, without the opening that both share, is foreign. Vectors
between those of real frames and of paintings make the index as large as wanted; its recall is
measured against an exact search.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
from PIL import Image
from pymongo.database import Database

from frames import descriptors
from frames.borders import cut_borders
from frames.descriptors import MODEL, VECTOR_SIZE
from frames.uploads import decode
from frames.vector_index import VectorIndex
from ingest import encoder
from ingest.demo import render_demo, source_version
from ingest.video import read_pictures
from tests.benchmarks.drawing import draw_face
from tests.benchmarks.faces import random_face, random_hand
from tests.benchmarks.filling import database_of
from tests.benchmarks.http import kept_or_temporary, prepare
from tests.benchmarks.painting import BACKGROUNDS
from tests.distortions import KINDS, screenshot
from tests.servers import ROOT, running_mongod, running_web

MEDIA = ROOT.parent / "shared" / "media"
PAINTINGS = 1000
FIRST_EXTRA_ID = 10_000_000


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.picture_search")
    parser.add_argument("--frames", type=int, default=60, help="how many are asked for")
    parser.add_argument("--vectors", type=int, default=10_000, help="how many more there are")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="the data, for later runs too")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    with kept_or_temporary(options.keep) as folder, running_mongod(folder) as uri:
        figures = measure(uri.format("anipic"), folder, options.frames, options.vectors)
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


def measure(uri: str, folder: Path, frames: int, extra: int) -> dict[str, Any]:
    demo = render_demo(Path(tempfile.gettempdir()) / f"anipic-demo-{source_version()}")
    database = database_of(uri)
    if database.frames_framevector.estimated_document_count() <= extra:
        ingest(uri, folder, [demo[0], *sorted(MEDIA.glob("*.mp4")), *sorted(MEDIA.glob("*.webm"))])
        add_vectors(database, extra)
    figures: dict[str, Any] = {"vectors": database.frames_framevector.estimated_document_count()}
    figures |= measure_vectors(database, folder / "media")
    figures |= measure_index(database, folder)
    with running_web(uri, folder, THROTTLE_UPLOADS="1000000") as address:
        warm_up(address, timeout=1200)
        figures |= ask_for_stored(address, database, folder / "media", frames)
        figures |= ask_for_foreign(address, demo[1])
    for name, value in figures.items():
        print(f"{name:28} {value:12,.4g}")
    return figures


def ingest(uri: str, folder: Path, clips: list[Path]) -> None:
    prepare(uri, folder, frames=0)
    environment = os.environ | {"MONGODB_URI": uri, "VAR_ROOT": str(folder), "SECRET_KEY": "-"}
    environment["MEDIA_ROOT"] = str(folder / "media")
    command = [sys.executable, "manage.py", "ingest", *map(str, clips)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)


def painted(count: int) -> Iterator[np.ndarray]:
    """Scenes with a face in each: RGB uint8, 180 x 320 x 3."""
    rng = np.random.default_rng(0)
    for number in range(count):
        scene = list(BACKGROUNDS.values())[number % len(BACKGROUNDS)](rng, 360, 640)
        canvas = np.clip(scene, 0, 255).astype(np.uint8)
        draw_face(canvas, random_hand(rng, 640, 360, 60, 300), random_face(rng))
        yield cv2.resize(canvas, (320, 180), interpolation=cv2.INTER_AREA)


def add_vectors(database: Database, count: int) -> None:
    """`count` vectors of pictures that have up to seven tenths in common with a real frame."""
    table = database.frames_framevector
    rows = [row["vector"] for row in table.find({}, {"vector": 1})]
    real = np.frombuffer(b"".join(rows), np.int8).reshape(-1, VECTOR_SIZE).astype(np.float32)
    pictures = painted(min(PAINTINGS, 100 + count // 100))
    other = np.concatenate([descriptors.vectors([picture]) for picture in pictures])
    chance = np.random.default_rng(0)
    for start in range(0, count, 10_000):
        size = min(10_000, count - start)
        one, two = chance.choice(real, size), chance.choice(other, size)
        share = chance.uniform(0, 0.7, (size, 1)).astype(np.float32)
        mixed = share * one + (1 - share) * two
        mixed += chance.normal(0, 12, mixed.shape).astype(np.float32)
        vectors = np.round(127 * mixed / np.abs(mixed).max(axis=1, keepdims=True)).astype(np.int8)
        table.insert_many(
            {"_id": id, "sha256": "", "model": MODEL, "vector": vector.tobytes(), "features": b""}
            for id, vector in enumerate(vectors, FIRST_EXTRA_ID + start)
        )


def measure_vectors(database: Database, media: Path) -> dict[str, float]:
    """How often the frame that was distorted is among the nearest 1, 10 and 100 of all stored
    frames and of paintings: by the vectors in use, and by those of the duplicates' autoencoder."""
    frames = list(database.frames_frame.find({"status": "visible"}, {"image": 1}))
    pictures = [Image.open(media / frame["image"]).convert("RGB") for frame in frames]
    asked, kinds = [], list(KINDS)
    for number, picture in enumerate(pictures):
        content = screenshot(picture, kinds[number % len(kinds)], number)
        asked.append(cut_borders(decode(content, max_side=640)))
    known = [np.asarray(picture) for picture in pictures] + list(painted(300))
    figures = {}
    for name, vectors in (("features", descriptors.vectors), ("autoencoder", encoded)):
        near = _unit(vectors(asked)) @ _unit(vectors(known)).T
        rank = (near > np.diag(near)[:, None]).sum(1)
        for nearest in (1, 10, 100):
            figures[f"{name}_in_{nearest}"] = float((rank < nearest).mean())
    return figures


def encoded(pictures: list[np.ndarray]) -> np.ndarray:
    """n x 64 float32."""
    size = (encoder.WIDTH, encoder.HEIGHT)
    small = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in pictures]
    vectors = encoder.Encoder.load().vectors(np.stack(small))
    return vectors - vectors.mean(0)


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = vectors.astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def measure_index(database: Database, folder: Path) -> dict[str, float]:
    """Build the index by itself: size, time, and recall of the 10 and the 100 nearest."""
    rows = list(database.frames_framevector.find({}, {"vector": 1}))
    ids = np.array([row["_id"] for row in rows])
    vectors = np.frombuffer(b"".join(row["vector"] for row in rows), np.int8)
    vectors = vectors.reshape(-1, VECTOR_SIZE)
    del rows
    index = VectorIndex()
    started = time.perf_counter()
    index.put(ids.tolist(), vectors)
    built = time.perf_counter() - started
    path = folder / f"{uuid.uuid4().hex}.usearch"
    index.save(path)
    index = VectorIndex(path)
    probes = np.random.default_rng(1).choice(len(ids), 100, replace=False)
    norms = np.linalg.norm(vectors.astype(np.float32), axis=1)
    found_10 = found_100 = 0
    times = []
    for probe in probes:
        vector = vectors[probe].astype(np.float32) + 6 * np.random.default_rng(probe).normal(
            size=VECTOR_SIZE
        )
        vector = np.round(127 * vector / np.abs(vector).max()).astype(np.int8)
        started = time.perf_counter()
        near = [id for id, _ in index.search(vector, 100)]
        times.append(time.perf_counter() - started)
        exact = ids[np.argsort(-(vectors @ vector.astype(np.int32)) / norms)[:100]]
        found_10 += len(set(near) & set(exact[:10].tolist()))
        found_100 += len(set(near) & set(exact.tolist()))
    size = path.stat().st_size
    path.unlink()
    return {
        "index_build_s": built,
        "index_bytes_a_vector": size / len(ids),
        "index_recall_10": found_10 / (10 * len(probes)),
        "index_recall_100": found_100 / (100 * len(probes)),
        "index_search_ms": 1000 * float(np.median(times)),
    }


def warm_up(address: str, timeout: float) -> None:
    """Ask until both processes have read the vectors."""
    deadline, ready = time.monotonic() + timeout, 0
    picture = screenshot(Image.new("RGB", (64, 64), "red"), "as it is", 0)
    while ready < 20 and time.monotonic() < deadline:
        status, _, _ = post(address, picture)
        ready = ready + 1 if status == 200 else 0
        if status != 200:
            time.sleep(1)


def ask_for_stored(address: str, database: Database, media: Path, count: int) -> dict[str, float]:
    """Distorted frames, in turn and each in another way, duplicates included: their keeper is as
    right as they are."""
    table = database.frames_frame
    fields = {"image": 1, "status": 1, "keeper_id": 1}
    shown = {"status": {"$in": ["visible", "duplicate"]}}
    frames = list(table.find(shown, fields, sort=[("_id", 1)]))
    places = np.linspace(0, len(frames) - 1, count).astype(int)
    kinds = list(KINDS)
    right, certain, times = 0, 0, []
    for number, place in enumerate(places):
        frame = frames[place]
        kind = kinds[number % len(kinds)]
        content = screenshot(Image.open(media / frame["image"]).convert("RGB"), kind, number)
        status, answer, seconds = post(address, content)
        assert status == 200, answer
        times.append(seconds)
        wanted = frame["keeper_id"] if frame["status"] == "duplicate" else frame["_id"]
        first = answer["results"][0]["id"] if answer["results"] else None
        right += first == wanted
        certain += first == wanted and answer["verdict"] == "certain"
        if first != wanted:
            print(f"{kind}: frame {wanted}, but {first} came first", file=sys.stderr)
    return {
        "asked": len(places),
        "right_first": right / len(places),
        "right_and_certain": certain / len(places),
        "p50_ms": 1000 * float(np.percentile(times, 50)),
        "p99_ms": 1000 * float(np.percentile(times, 99)),
    }


def ask_for_foreign(address: str, video: Path) -> dict[str, float]:
    pictures = list(_foreign(video))
    verdicts = [post(address, content)[1]["verdict"] for content in pictures]
    return {
        "foreign": len(pictures),
        "foreign_certain": verdicts.count("certain") / len(pictures),
        "foreign_likely": verdicts.count("likely") / len(pictures),
    }


def _foreign(video: Path) -> Iterator[bytes]:
    """Pictures of the video outside its opening, every half second."""
    truth = json.loads(video.with_suffix(".json").read_text())
    opening = max(shot["end"] for shot in truth["shots"] if shot["opening"]) / truth["fps"]
    for picture in read_pictures(video):
        if picture.index % 12 == 0 and picture.time > opening:
            yield screenshot(Image.fromarray(picture.image()), "JPEG 40", picture.index)


def post(address: str, content: bytes) -> tuple[int, Any, float]:
    """Status, answer and seconds of one upload."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    started = time.perf_counter()
    connection.request("POST", "/api/v1/search-by-image/", body, headers)
    answer = connection.getresponse()
    document = json.loads(answer.read())
    seconds = time.perf_counter() - started
    connection.close()
    return answer.status, document, seconds


if __name__ == "__main__":
    main()
