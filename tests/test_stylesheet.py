"""What the browser gets besides pages: small, up to date, from nowhere else."""

import gzip
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "static"


def test_the_stylesheet_is_what_its_sources_give() -> None:
    subprocess.run([sys.executable, STATIC / "src" / "stamp.py"], check=True)


def test_a_stale_stylesheet_is_found(tmp_path: Path) -> None:
    names = ("site.css", "site.js", "package-lock.json", "stamp.py")
    for name in (*(f"src/{name}" for name in names), "site.css", "site.js"):
        copy = tmp_path / "static" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((STATIC / name).read_bytes())
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "new.html").write_text('<p class="mt-3">')
    stamp = tmp_path / "static" / "src" / "stamp.py"
    stale = subprocess.run([sys.executable, stamp], capture_output=True, text=True)
    assert stale.returncode == 1
    assert "make css" in stale.stderr


def test_all_scripts_together_are_under_40_kb() -> None:
    htmx = files("django_htmx").joinpath("static/django_htmx/htmx-4.min.js").read_bytes()
    own = (STATIC / "site.js").read_bytes()
    assert len(htmx) + len(own) < 40_000
    assert len(gzip.compress(htmx)) + len(gzip.compress(own)) < 16_000  # as it is sent


def test_the_lock_file_names_no_download_address() -> None:
    packages = json.loads((STATIC / "src" / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    loaded = [package for name, package in packages.items() if name and "inBundle" not in package]
    assert all("integrity" in package for package in loaded)


@pytest.mark.parametrize("name", ["site.css", "logo.svg", "site.js"])
def test_nothing_is_loaded_from_elsewhere(name: str) -> None:
    text = (STATIC / name).read_text()
    for address in ("https://", "//fonts", "@import"):
        assert address not in text.replace("https://tailwindcss.com", "")
