"""Whether static/site.css and site.js are what their sources give: compares a hash with the one in
the stylesheet's last line, or writes it there with `--write`. So stale files are found without
Node."""

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPILED = ROOT / "static" / "site.css"
MARK = "/* sources: "


def sources() -> list[Path]:
    """All that Tailwind reads: its own input and lock file, the templates, the script."""
    written = [
        ROOT / "static" / name for name in ("src/site.css", "src/package-lock.json", "site.js")
    ]
    return [*written, *sorted((ROOT / "templates").rglob("*.*"))]


def digest() -> str:
    whole = hashlib.sha256()
    for path in sources():
        whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def main() -> None:
    compiled = COMPILED.read_text()
    style, _, last = compiled.rpartition(MARK)
    if "--write" in sys.argv:
        COMPILED.write_text(f"{(style or compiled).rstrip()}\n{MARK}{digest()} */\n")
    elif last != f"{digest()} */\n":
        sys.exit("static/site.css or site.js is not what its sources give: run `make css`.")


if __name__ == "__main__":
    main()
