"""The README's tables against the code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
# Names that the code reads but nobody sets by hand.
INTERNAL = {"DJANGO_SETTINGS_MODULE", "DISPLAY", "WAYLAND_DISPLAY"}


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_settings_table_names_exactly_what_the_code_reads() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", section("Settings"), re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    read = set()
    for app in ("anipic_site", "frames", "ingest", "tagging"):
        for source in (ROOT / app).rglob("*.py"):
            text = source.read_text()
            read |= set(re.findall(r"\benv\.\w+\(\s*\"([A-Z0-9_]+)\"", text))
            read |= set(re.findall(r"os\.environ(?:\.get\(|\[)\"([A-Z0-9_]+)\"", text))
    assert told == read - INTERNAL


def test_files_named_in_the_readme_exist() -> None:
    named = set(re.findall(r"`((?:frames|ingest|tagging|tests|static)/[\w./]+\w)`", README))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_table_of_dependencies_names_every_package_of_the_plan_that_is_not_used() -> None:
    planned = {
        *("django", "djangorestframework", "django-filter", "djongo", "django-q2"),
        *("torch", "opencv-python", "pillow", "numpy", "whitenoise"),
    }
    pyproject = (ROOT / "pyproject.toml").read_text()
    used = set(re.findall(r"^    \"([\w-]+)==", pyproject, re.MULTILINE))
    explained = set(
        re.findall(r"^\| ([\w-]+) \|", section("Dependencies that differ from the plan"), re.M)
    )
    assert planned - used <= explained
