"""Requests come in, by address; whether one more is allowed in this minute goes out.

The counts are in MongoDB, where all web processes and machines see them. A process takes out a
hundredth of the limit at a time and counts that by itself, so that a generous limit costs next to
no writes and a small one is exact.
"""

import ipaddress
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection
from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
LEASES = 100  # into how many parts a limit is divided
COLLECTION = "frames_throttle"


@dataclass(frozen=True)
class Allowance:
    """`remaining` requests of `limit` are left, as far as this process knows, for `seconds`."""

    allowed: bool
    limit: int
    remaining: int
    seconds: int


@dataclass
class _Account:
    """What a process knows of an address: what it has taken out, and what nobody has."""

    leased: int = 0
    unleased: int = 0
    closed: bool = False


class Throttle:
    """Counts of one kind of request (`scope`), `limit` of them a minute for each address."""

    def __init__(self, scope: str, limit: int, clock: Callable[[], float] = time.time):
        self.scope, self.limit, self.clock = scope, limit, clock
        self._lease = max(1, limit // LEASES)
        self._lock = threading.Lock()
        self._window = 0
        self._accounts: dict[str, _Account] = {}

    def take(self, address: str) -> Allowance:
        """Count one request. While the database is away, nobody is refused on its account."""
        now = self.clock()
        window = int(now // WINDOW_SECONDS)
        seconds = max(1, round((window + 1) * WINDOW_SECONDS - now))
        account = self._account(network(address), window)
        if account.leased == 0 and not account.closed:
            self._take_out(account, f"{self.scope} {network(address)} {window}", window)
        with self._lock:
            allowed = account.leased > 0
            account.leased -= allowed
            return Allowance(allowed, self.limit, account.leased + account.unleased, seconds)

    def _account(self, key: str, window: int) -> _Account:
        with self._lock:
            if window != self._window:
                self._window, self._accounts = window, {}
            return self._accounts.setdefault(key, _Account(unleased=self.limit))

    def _take_out(self, account: _Account, id: str, window: int) -> None:
        try:
            total = _add(id, self._lease, window)
        except PyMongoError as error:
            logger.warning("requests are not counted: %s", error)
            account.leased += 1
            return
        leased = max(0, min(self._lease, self.limit - (total - self._lease)))
        with self._lock:
            account.leased += leased
            account.unleased = max(0, self.limit - total)
            account.closed = leased == 0


def network(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that an IPv6 user has to himself."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if ip.version == 6:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def client_address(meta: dict[str, Any], trusted_proxies: int) -> str:
    """The address a request comes from: the peer's, or with n trusted proxies the n-th from the
    end of `X-Forwarded-For`; what stands before that anybody may have written."""
    peer = meta.get("REMOTE_ADDR", "")
    if not trusted_proxies:
        return peer
    forwarded = [part.strip() for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    return forwarded[-trusted_proxies] if len(forwarded) >= trusted_proxies else peer


def _add(id: str, count: int, window: int) -> int:
    """The count after adding to it, in one atomic update."""
    expires = datetime.fromtimestamp((window + 2) * WINDOW_SECONDS, UTC)
    row = _collection(connection.settings_dict["NAME"]).find_one_and_update(
        {"_id": id},
        {"$inc": {"count": count}, "$setOnInsert": {"expires": expires}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return row["count"]


@cache
def _collection(database: str) -> Any:
    """MongoDB itself deletes the counts of minutes that are over."""
    collection = connection.get_collection(COLLECTION)
    collection.create_index("expires", expireAfterSeconds=0)
    return collection
