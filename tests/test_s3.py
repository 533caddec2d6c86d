"""Pictures in S3-compatible storage: a server of that protocol, and nothing set but the bucket."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from anipic_site.mongod import free_port, stop_process
from frames.models import Episode, Frame
from tests.servers import ROOT, running_web, wait_for
from tests.test_jobs import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

BUCKET = "anipic-pictures"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings for an empty bucket on a server of its own."""
    port = free_port()
    log = tmp_path_factory.mktemp("s3") / "log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("w") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/moto-api/", server, 60, log)
        yield {
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
    finally:
        stop_process(server, 30)


@pytest.fixture
def bucket(s3: dict[str, str]) -> Iterator[Any]:
    """The bucket, which everybody may read."""
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    resource = boto3.resource("s3", endpoint_url=s3["S3_ENDPOINT_URL"], **keys)
    bucket = resource.create_bucket(Bucket=BUCKET)
    readable = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    readable["Resource"] = f"arn:aws:s3:::{BUCKET}/*"
    bucket.Policy().put(Policy=json.dumps({"Version": "2012-10-17", "Statement": [readable]}))
    yield bucket
    bucket.objects.delete()
    bucket.delete()


def manage(*arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=environment(**settings), capture_output=True, text=True, timeout=120
    )


def names(bucket: Any) -> set[str]:
    return {item.key for item in bucket.objects.all()}


def newest(address: str, id: int) -> dict[str, Any]:
    """What the API says of the newest frame, once its index has seen what was stored before."""
    deadline = time.monotonic() + 20
    while True:
        with urllib.request.urlopen(f"{address}/api/v1/frames/?limit=1") as answer:
            found = json.load(answer)["results"]
        if found and found[0]["id"] == id:
            return found[0]
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def test_an_ingest_fills_the_bucket_and_pages_show_what_lies_there(
    clip: Path, tmp_path: Path, s3: dict[str, str], bucket: Any
) -> None:
    run = manage("ingest", clip, MEDIA_ROOT=str(tmp_path / "media"), **s3)
    assert run.returncode == 0, run.stderr
    assert not (tmp_path / "media").exists()
    frames = list(Frame.objects.visible().order_by("id"))
    assert frames
    assert {frame.image for frame in frames} < names(bucket)
    with running_web(environment()["MONGODB_URI"], Path(os.environ["VAR_ROOT"]), **s3) as address:
        image = newest(address, frames[-1].pk)["image"]
        with urllib.request.urlopen(f"{address}/frames/{frames[0].pk}/") as answer:
            policy = answer.headers["Content-Security-Policy"]
            shown = re.findall(r'(?:src|srcset|href)="(\S+\.(?:webp|avif))', answer.read().decode())
    assert image.startswith(f"{s3['S3_ENDPOINT_URL']}/{BUCKET}/frames/")
    assert f"img-src 'self' data: {s3['S3_ENDPOINT_URL']}" in policy
    assert len(shown) > 2
    for url in {image, *shown}:
        with urllib.request.urlopen(url) as answer:
            assert answer.headers["Content-Type"] in ("image/webp", "image/avif")
            assert "immutable" in answer.headers["Cache-Control"]


def test_orphans_in_the_bucket_are_removed_and_missing_files_made_again(
    clip: Path, s3: dict[str, str], bucket: Any
) -> None:
    assert manage("ingest", clip, **s3).returncode == 0
    before = names(bucket)
    lost = Frame.objects.first().image
    bucket.put_object(Key="frames/00/orphan.webp", Body=b"x")
    bucket.Object(lost).delete()
    run = manage("check_media", "--json", **s3)
    assert run.returncode == 1
    found = json.loads(run.stdout)
    assert (found["orphans"], found["missing"]) == (["frames/00/orphan.webp"], [lost])
    assert manage("check_media", "--fix", **s3).returncode == 0
    assert manage("ingest", clip, **s3).returncode == 0
    assert names(bucket) == before
    assert manage("check_media", **s3).returncode == 0


def test_without_the_bucket_the_episode_fails_by_name(clip: Path, s3: dict[str, str]) -> None:
    run = manage("ingest", clip, **s3)
    assert run.returncode == 1
    assert re.search(rf"{clip.name}: \S+ cannot be written: .*bucket does not exist", run.stderr)
    assert Episode.objects.get().state == Episode.State.FAILED
    assert not Frame.objects.exists()
