"""The pure core imports no Django, and the heavy libraries wait until they are needed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORE = [
    "frames.alignment",
    "frames.autocomplete",
    "frames.borders",
    "frames.descriptors",
    "frames.evaluate",
    "frames.facets",
    "frames.labels",
    "frames.order",
    "frames.query",
    "frames.snapshot",
    "frames.uploads",
    "frames.vector_index",
    "ingest.autoencoder",
    "ingest.compare",
    "ingest.dedupe",
    "ingest.dedupe_worker",
    "ingest.encoder",
    "ingest.folder",
    "ingest.image_files",
    "ingest.journal",
    "ingest.judge",
    "ingest.neighbours",
    "ingest.trash",
    "ingest.pictures",
    "ingest.sampling",
    "ingest.shots",
    "ingest.picture",
    "ingest.video",
    *(f"tagging.taggers.{path.stem}" for path in (ROOT / "tagging/taggers").glob("[a-z]*.py")),
]


@pytest.mark.parametrize("module", CORE)
def test_a_core_module_needs_no_django(module: str) -> None:
    check = f"import sys, {module}; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT).returncode == 0


def test_a_command_does_not_wait_for_torch_and_onnxruntime() -> None:
    check = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "anipic_site.settings"
import django
django.setup()
import anipic_site.urls
sys.exit(", ".join({"torch", "onnxruntime"} & set(sys.modules)) or None)
"""
    ran = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr.splitlines()[-1:]) == (0, [])
