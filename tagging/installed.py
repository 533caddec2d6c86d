"""Weights come from a hub or a folder and are checked; the tagger that they make goes out.

What is installed lies below `var/taggers/`, each version in a folder of its own; `wd.json` says
which one is in use and is replaced last, in one step, so that whatever fails leaves the tagger
that was there.
"""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from anipic_site.environment import VAR_ROOT
from tagging.hub import download
from tagging.taggers.wd import LABELS, MODEL, BadModel, WdTagger

FOLDER = VAR_ROOT / "taggers"
IN_USE = FOLDER / "wd.json"
DOWNLOADS = FOLDER / "downloads"
FAILURE = FOLDER / "wd.failure"  # why the last attempt failed, for the admin


@dataclass(frozen=True)
class Model:
    """A model on the hub (Apache-2.0): its repository, the commit that is fetched, and the SHA-256
    of its weights there."""

    repository: str
    revision: str
    sha256: str


MODELS = {
    "wd-vit-v3": Model(
        "SmilingWolf/wd-vit-tagger-v3",
        "7f6b584d0bd3f55c4531f14ba3d4761b2bccdc0f",
        "35f23693620b668f4d53fd3c62bf65e40af739bc52c7eb0fbc49258b58d065b6",
    ),
    "wd-swinv2-v3": Model(
        "SmilingWolf/wd-swinv2-tagger-v3",
        "627aef95638667ddcaa3ac8ae625e88ea5b02f51",
        "e6774bff34d43bd49f75a47db4ef217dce701c9847b546523eb85ff6dbba1db1",
    ),
    "wd-convnext-v3": Model(
        "SmilingWolf/wd-convnext-tagger-v3",
        "d39e46de298d27340111b64965e20b8185c407e6",
        "1b8a7abf13d9b8368267df47501d523789c4aeae66b2296ad98483239dfa32eb",
    ),
    "wd-vit-large-v3": Model(
        "SmilingWolf/wd-vit-large-tagger-v3",
        "ae469aa2e4706a3af08d3673cf73a11d1add314c",
        "e4c8001b000a6c98f2db10794f7c406daa79873d071d6ca924330fa053fa1845",
    ),
    "wd-eva02-large-v3": Model(
        "SmilingWolf/wd-eva02-large-tagger-v3",
        "b25b82a03f7282e41aa2f257a52c7583b710bd1c",
        "9e768793060c7939b277ccb382783e8670e8a042d29d77aa736be0c8cc898bfc",
    ),
}


class CannotInstall(Exception):
    """The model is not installed, for this reason; the one in use, if any, stays."""


@dataclass(frozen=True)
class Installed:
    """What `wd.json` says: the model, its folder, the hashes of its files and where it is from."""

    name: str
    folder: str
    model_sha256: str
    labels_sha256: str
    source: str

    @property
    def version(self) -> str:
        return f"{self.name} {self.model_sha256[:8]}"


def install(name: str, folder: Path | None = None) -> Installed:
    """Install a model of `MODELS` from the hub, or one of the family from a folder.

    Raises `CannotInstall`; then nothing has changed, and the next attempt goes on with what was
    downloaded.
    """
    if name not in MODELS:
        raise CannotInstall(f"there is no model {name}; there is {', '.join(MODELS)}")
    try:
        if folder is None:
            installed = _take(name, _fetched(name), MODELS[name].repository)
        else:
            installed = _take(name, folder, str(folder))
    except (BadModel, OSError) as error:
        if isinstance(error, BadModel) and folder is None:
            shutil.rmtree(DOWNLOADS / name, ignore_errors=True)  # to go on with it is no use
        raise CannotInstall(f"{name}: {error}") from error
    shutil.rmtree(DOWNLOADS / name, ignore_errors=True)
    FAILURE.unlink(missing_ok=True)
    return installed


def _fetched(name: str) -> Path:
    """The folder with the downloaded files. Raises `Unreachable` or `BadModel`."""
    model, folder = MODELS[name], DOWNLOADS / name
    for file in (LABELS, MODEL):
        download(model.repository, model.revision, file, folder)
    # Another hub (HF_ENDPOINT) is the operator's choice and may hold other weights.
    if "HF_ENDPOINT" not in os.environ and sha256_of(folder / MODEL) != model.sha256:
        raise BadModel(f"the {MODEL} that arrived is not the one of revision {model.revision}")
    return folder


def _take(name: str, folder: Path, source: str) -> Installed:
    """Copy a model's files, check the copy, use it from now on. Raises `BadModel`, `OSError`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=FOLDER) as made:
        for file in (MODEL, LABELS):
            if not (folder / file).is_file():
                raise BadModel(f"{folder} has no {file}")
            shutil.copyfile(folder / file, Path(made) / file)
        WdTagger(Path(made)).check()
        weights, labels = (sha256_of(Path(made) / file) for file in (MODEL, LABELS))
        installed = Installed(name, f"{name}-{weights[:8]}-{labels[:8]}", weights, labels, source)
        final = FOLDER / installed.folder
        if not final.exists():
            final.mkdir()
        for file in (MODEL, LABELS):
            (Path(made) / file).replace(final / file)
    note = FOLDER / ".wd.json"
    note.write_text(json.dumps(asdict(installed), indent=1))
    note.replace(IN_USE)
    return installed


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def installed_model() -> Installed | None:
    """What is in use, or None if nothing is."""
    try:
        return Installed(**json.loads(IN_USE.read_text()))
    except FileNotFoundError:
        return None


def wd_tagger() -> WdTagger | None:
    """The installed tagger, ready to load its weights; None if none is installed."""
    installed = installed_model()
    return _loaded(FOLDER / installed.folder, installed.version) if installed else None


@lru_cache(maxsize=1)
def _loaded(folder: Path, version: str) -> WdTagger:
    """Kept by a worker from episode to episode: loading the weights takes seconds."""
    return WdTagger(folder, version)


def last_failure() -> str:
    """Why the last attempt to install failed; empty if it did not."""
    return FAILURE.read_text() if FAILURE.exists() else ""
