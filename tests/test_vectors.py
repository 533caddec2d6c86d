"""Vectors are stored beside the frames, and the index follows what is stored."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from frames import vector_sync, vectors
from frames.descriptors import VECTOR_SIZE
from frames.models import Frame, FrameVector
from frames.vector_index import VectorIndex
from frames.vector_sync import SharedIndex
from tests.makers import make_frame, texture

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def random_vectors() -> np.ndarray:
    return np.random.default_rng(5).integers(-127, 128, (2000, VECTOR_SIZE)).astype(np.int8)


def test_the_nearest_comes_first(random_vectors: np.ndarray) -> None:
    index = VectorIndex()
    index.put(range(1, 1001), random_vectors[:1000])
    assert index.search(random_vectors[41], 2)[0] == (42, pytest.approx(1, abs=1e-3))


def test_a_snapshot_and_what_came_after_it_are_searched_as_one(
    random_vectors: np.ndarray, tmp_path: Path
) -> None:
    index = VectorIndex()
    index.put(range(1000), random_vectors[:1000])
    index.save(tmp_path / "a.usearch")
    index = VectorIndex(tmp_path / "a.usearch")
    assert (len(index), index.changes) == (1000, 0)
    index.put(range(1000, 1500), random_vectors[1000:1500])
    index.put([7], random_vectors[1700:1701])  # another picture under the same id
    index.remove([8])
    for path in (None, tmp_path / "b.usearch"):
        if path is not None:
            index.save(path)
            index = VectorIndex(path)
        assert index.search(random_vectors[1200], 1)[0][0] == 1200
        assert index.search(random_vectors[1700], 1)[0][0] == 7
        assert index.search(random_vectors[7], 1)[0][1] < 0.5
        assert index.search(random_vectors[8], 1)[0][1] < 0.5
    assert len(index) == 1499


@pytest.mark.django_db(transaction=True)
def test_frames_that_look_alike_are_similar() -> None:
    base = texture(1)
    frame = make_frame(base)
    alike = make_frame(np.roll(base, 8, axis=1), time=1)
    others = [make_frame(texture(seed), time=seed) for seed in range(2, 6)]
    copy = make_frame(base[:, ::-1], time=9, status="duplicate", keeper=frame)
    hidden = make_frame(base[::-1], time=10, status="hidden")
    assert list(vectors.describe_frames(Frame.objects.all())) == [8]
    found = vectors.similar(frame.pk, 10)
    assert found[0][0] == alike.pk
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert {id for id, _ in found} == {alike.pk, *(other.pk for other in others)}
    assert alike.pk in {id for id, _ in vectors.similar(copy.pk, 10)}
    assert frame.pk not in {id for id, _ in vectors.similar(copy.pk, 10)}
    assert hidden.pk not in {id for id, _ in found}
    assert vectors.similar(10**9, 10) == []


@pytest.mark.django_db(transaction=True)
def test_describing_again_changes_nothing_and_a_new_picture_is_described_anew() -> None:
    frame, other = make_frame(texture(1)), make_frame(texture(2), time=1)
    list(vectors.describe_frames(Frame.objects.all()))
    before = {row.id: bytes(row.vector) for row in FrameVector.objects.all()}
    list(vectors.describe_frames(Frame.objects.all()))
    assert {row.id: bytes(row.vector) for row in FrameVector.objects.all()} == before
    replacement = make_frame(texture(3), time=2)
    Frame.objects.filter(pk=frame.pk).update(sha256=replacement.sha256)
    list(vectors.describe_frames(Frame.objects.all()))
    after = {row.id: bytes(row.vector) for row in FrameVector.objects.all()}
    assert after[frame.pk] == after[replacement.pk] != before[frame.pk]
    assert after[other.pk] == before[other.pk]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_leaves_whole_vectors_and_is_carried_on() -> None:
    frames = [make_frame(texture(seed), time=seed) for seed in range(60)]
    program = """
import django; django.setup()
from frames import vectors
from frames.models import Frame
vectors.BATCH = 2
for seen in vectors.describe_frames(Frame.objects.order_by("id")):
    print(seen, flush=True)
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "anipic_site.settings"}
    environment["MONGODB_URI"] = environment["MONGODB_URI"].replace("/anipic?", "/test_anipic?")
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while int(process.stdout.readline()) < 10:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = FrameVector.objects.count()
    assert 10 <= done < 60
    list(vectors.describe_frames(Frame.objects.all()))
    assert set(FrameVector.objects.values_list("id", flat=True)) == {f.pk for f in frames}
    assert {len(row.vector) for row in FrameVector.objects.all()} == {VECTOR_SIZE}


@pytest.mark.django_db(transaction=True)
def test_the_index_follows_the_database_and_starts_from_its_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vector_sync, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(vector_sync, "SAVE_AFTER", 1)
    first, second = make_frame(texture(1)), make_frame(texture(2), time=1)
    list(vectors.describe_frames(Frame.objects.filter(pk=first.pk)))
    probe = np.frombuffer(FrameVector.objects.get(pk=first.pk).vector, np.int8)
    index = SharedIndex()
    assert [id for id, _ in index.nearest(probe, 5)] == [first.pk]
    list(vectors.describe_frames(Frame.objects.filter(pk=second.pk)))
    assert [id for id, _ in index.nearest(probe, 5)] == [first.pk, second.pk]
    index.save_if_due()
    FrameVector.objects.filter(pk=first.pk).delete()
    assert [id for id, _ in index.nearest(probe, 5)] == [second.pk]
    # Another process: from the snapshot, then the deletion that came after it.
    monkeypatch.setattr(SharedIndex, "_read_rows", lambda *_: pytest.fail("read it all"))
    assert [id for id, _ in SharedIndex().nearest(probe, 5)] == [second.pk]


@pytest.mark.django_db(transaction=True)
def test_a_process_goes_over_to_the_snapshot_that_another_one_wrote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vector_sync, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(vector_sync, "SAVE_AFTER", 2)
    frames = [make_frame(texture(seed), time=seed) for seed in range(4)]
    list(vectors.describe_frames(Frame.objects.filter(pk=frames[0].pk)))
    probe = np.frombuffer(FrameVector.objects.get().vector, np.int8)
    worker, web = SharedIndex(), SharedIndex()
    assert len(worker.nearest(probe, 9)) == len(web.nearest(probe, 9)) == 1
    list(vectors.describe_frames(Frame.objects.all()))
    worker.save_if_due()
    assert {id for id, _ in web.nearest(probe, 9)} == {frame.pk for frame in frames}
    assert worker._index is not None
    assert web._index is not None
    assert web._index.snapshot == worker._index.snapshot is not None
    assert web._index.changes == worker._index.changes == 0


@pytest.mark.django_db(transaction=True)
def test_a_damaged_snapshot_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_sync, "SAVE_AFTER", 1)
    frame = make_frame(texture(1))
    list(vectors.describe_frames(Frame.objects.all()))
    probe = np.frombuffer(FrameVector.objects.get().vector, np.int8)
    SharedIndex().nearest(probe, 1)
    files = list(vector_sync._folder().glob("*.usearch"))
    assert len(files) == 1
    for content in (b"", b"no index", files[0].read_bytes()[:100]):
        files[0].write_bytes(content)
        time.sleep(0.01)
        assert SharedIndex().nearest(probe, 1)[0][0] == frame.pk
        files = list(vector_sync._folder().glob("*.usearch"))
