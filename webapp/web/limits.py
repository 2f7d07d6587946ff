"""Rate limits, counted in Redis, or in this process while Redis is away.

A view says which bucket it draws from (`@limits.on("likes")`); a verb's page and its API face share one bucket.
Everything else counts as a read or a write. A window begins with its first call and ends by itself.
"""

import threading
import time
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network
from typing import Any, TypeVar

from flask import Request

from webapp.core import cache, options
from webapp.core.errors import AppError, TooMany
from webapp.core.wire import Command
from webapp.settings import Settings
from webapp.visibility import VISITOR, Viewer
from webapp.web import viewer

View = TypeVar("View", bound=Callable[..., Any])

# bucket: (how many, per what, counted by address instead of by person)
BUCKETS: dict[str, tuple[int, str, bool]] = {
    "sign-in": (5, "minute", True),
    "guesses": (10, "hour", False),  # wrong passwords of one account: counted by auth/guesses.py
    "registration": (5, "hour", True),
    "passkeys": (20, "minute", True),
    "password-reset": (3, "hour", True),
    "mails": (5, "hour", False),
    "posts": (10, "hour", False),
    "stories": (30, "hour", False),
    "likes": (100, "hour", False),
    "saves": (100, "hour", False),
    "reposts": (100, "hour", False),
    "comments": (50, "hour", False),
    "messages": (60, "minute", False),
    "follows": (60, "hour", False),
    "uploads": (200, "hour", False),
    "reports": (20, "hour", False),
    "search": (30, "minute", False),
    "as-you-type": (120, "minute", False),
    "feed": (60, "minute", False),
    "read": (300, "minute", False),
    "write": (120, "minute", False),
}
_READS = ("read", "feed", "search", "as-you-type")
_UNITS = {"minute": (60, "a minute"), "hour": (3600, "an hour")}


def on(bucket: str) -> Callable[[View], View]:
    """Count calls of this view in a bucket."""
    if bucket not in BUCKETS:
        raise ValueError(bucket)

    def mark(view: View) -> View:
        view.bucket = bucket
        return view

    return mark


_here = cache.Memory(10_000)  # while Redis is away: how many, and until when they count
_one_at_a_time = threading.Lock()


def check(asked: Request, view: Any, settings: Settings) -> None:
    """Count this call; TooMany if it is one too many. What costs nothing, static files and health, is left out."""
    if not settings.rate_limits or asked.endpoint is None or asked.endpoint.startswith(("ops.", "assets.")):
        return
    bucket = _bucket(asked, view)
    me, said = _asking(asked, bucket)
    key = _key(bucket, _network(viewer.address()) if me.is_visitor else str(me.id))
    seconds, in_words = _UNITS[BUCKETS[bucket][1]]
    count = _counted(key, seconds, said)
    number = most(bucket, me, settings.rate_limit_scale)
    if count > number:
        wait = _wait(key, seconds)
        raise TooMany(f"That is more than {number} times {in_words}. Please wait {_words(wait)} and try again.", wait)


def _asking(asked: Request, bucket: str) -> tuple[Viewer, list[Any]]:
    """Return who counts, and what Redis said of the count if that was asked on the way to their session."""
    _, unit, by_address = BUCKETS[bucket]
    if by_address:
        return VISITOR, []
    try:
        said = viewer.find(asked, lambda person: _commands(_key(bucket, person), _UNITS[unit][0]))
    except AppError:  # a token that is not valid: refused by the view, but counted
        return VISITOR, []
    return viewer.known(), said


def _network(address: str) -> str:
    """Return what counts as one visitor: an address; of IPv6 the /64, in which one machine has as many as it likes."""
    if ":" not in address:
        return address
    try:
        known = IPv6Address(address.partition("%")[0])
    except ValueError:  # as a proxy wrote it
        return address
    return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))


def _key(bucket: str, who: str) -> str:
    return f"limit:{bucket}:{who}"


def _commands(key: str, seconds: int) -> tuple[Command, ...]:
    """Return what counts a call: the first one sets the window's end, all others leave it."""
    return ("SET", key, 0, "EX", seconds, "NX"), ("INCR", key)


def _counted(key: str, seconds: int, said: list[Any]) -> int:
    """Count, unless Redis has `said` it already; returns how many calls there are in this window."""
    said = said or cache.ask(*_commands(key, seconds)) or []
    if not said:
        return _counted_here(key, seconds)
    begun, count = said
    if begun is None and count == 1:  # the last window ended between the two commands
        cache.ask(("EXPIRE", key, seconds))
    return int(count)


def _counted_here(key: str, seconds: int) -> int:
    now = time.monotonic()
    with _one_at_a_time:
        count, until = _here.get(key) or (0, 0.0)
        if now >= until:
            count, until = 0, now + seconds
        _here.put(key, (count + 1, until))
    return int(count + 1)


def _wait(key: str, seconds: int) -> int:
    """Return for how many seconds the window still lasts."""
    # Redis may have gone between a first count and its end: such a window would never be over
    said = cache.ask(("PTTL", key))
    if said and said[0] < 0:
        cache.ask(("EXPIRE", key, seconds))
        return seconds
    left = said[0] / 1000 if said else (_here.get(key) or (0, 0.0))[1] - time.monotonic()
    return max(1, int(left) + 1)


def _bucket(asked: Request, view: Any) -> str:
    reads = asked.method in ("GET", "HEAD", "OPTIONS")
    return getattr(view, "bucket", "read" if reads else "write")


def most(bucket: str, me: Viewer = VISITOR, scale: float = 1.0) -> int:
    """Return how many calls of a bucket this viewer may make: the usual ones, as admins chose, fewer while it is new.

    Reading is not made scarce for new accounts: what they may write is. `scale` multiplies all of it.
    """
    now = options.now()
    number = now.limits.get(bucket, BUCKETS[bucket][0])
    if bucket not in _READS and _is_new(me, now):
        number = -(-number * now.new_account_percent // 100)
    return max(1, int(number * scale))


def _is_new(me: Viewer, now: options.Options) -> bool:
    if not now.new_account_days or me.joined is None or me.is_at_least("moderator"):
        return False
    return time.time() - me.joined < now.new_account_days * 86400


def _words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{round(seconds / 60)} minutes"
