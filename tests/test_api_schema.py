"""The OpenAPI document is exact: schemathesis holds the running API against it."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.live import LiveSite
from tests.servers import ROOT

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


def test_the_document_is_openapi_3_1_and_has_every_endpoint(client: Client) -> None:
    document = client.get("/api/v1/schema/").json()
    assert document["openapi"].startswith("3.1")
    assert {path.removeprefix("/api/v1/") for path in document["paths"]} == {
        *("", "frames/", "frames/{id}/", "frames/{id}/around/", "frames/{id}/similar/"),
        *("frames/random/", "facets/", "series/", "series/{slug}/", "episodes/"),
        *("tags/", "tags/{name}/", "autocomplete/", "search-by-image/", "export/", "schema/"),
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert "application/problem+json" in operation["responses"]["400"]["content"]


@pytest.mark.parametrize("seed", [1])
def test_schemathesis_finds_nothing(live: LiveSite, seed: int, tmp_path: Path) -> None:
    command = [
        *(SCHEMATHESIS, "--config-file", ROOT / "schemathesis.toml"),
        *("run", f"{live.address}/api/v1/schema/"),
        *("--checks", "all", "--max-examples", "25", "--continue-on-failure"),
        *("--seed", str(seed), "--request-timeout", "20", "--no-color"),
    ]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
