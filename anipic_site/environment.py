"""What the environment (or a `.env` file) says, read once and typed.

Django's settings and the launcher (`anipic_site.run`) both read it; it imports no Django, so the
launcher can look at it before a database exists. A value that does not fit its type stops the
program with the variable's name.
"""

import secrets
from pathlib import Path

from environs import Env, validate

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)

# Everything the project writes goes below this folder, unless a setting says otherwise.
VAR_ROOT: Path = env.path("VAR_ROOT", BASE_DIR / "var")
MEDIA_ROOT: Path = env.path("MEDIA_ROOT", VAR_ROOT / "media")
MONGOD_PORT_FILE = VAR_ROOT / "mongod.port"

HOST: str = env.str("HOST", "127.0.0.1")
PORT: int = env.int("PORT", 8000, validate=validate.Range(1, 65535))
WEB_WORKERS: int = env.int("WEB_WORKERS", 2, validate=validate.Range(min=1))
QUEUE_WORKERS: int = env.int("QUEUE_WORKERS", 2, validate=validate.Range(min=1))

# Empty: AniPic starts and uses a MongoDB server of its own.
MONGODB_URI: str = env.str("MONGODB_URI", "")


def embedded_uri(port: int) -> str:
    """The address of AniPic's own MongoDB server.

    A direct connection: with a single member there is nobody to discover, and the answer to
    "is it there?" comes within the time-out instead of after thirty seconds.
    """
    return f"mongodb://127.0.0.1:{port}/anipic?directConnection=true&serverSelectionTimeoutMS=5000"


def mongodb_uri() -> str:
    """The database to use: the one that is configured, else the embedded one where it last ran."""
    if MONGODB_URI:
        return MONGODB_URI
    port = int(MONGOD_PORT_FILE.read_text()) if MONGOD_PORT_FILE.exists() else 27117
    return embedded_uri(port)


def secret_key() -> str:
    """`SECRET_KEY`, else a random one, made once and kept where its owner alone may read it."""
    if key := env.str("SECRET_KEY", ""):
        return key
    path = VAR_ROOT / "secret_key"
    try:
        VAR_ROOT.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    except OSError:  # nowhere to keep it: commands that need no database work all the same
        return secrets.token_urlsafe(50)
    return path.read_text()
