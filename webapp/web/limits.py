"""Rate limits, counted in Redis, or in this process while Redis is away.

A view says which bucket it draws from (`@limits.on("likes")`); a verb's page and its API face share one bucket.
Everything else counts as a read or a write.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from redis import RedisError

from webapp.core import cache, options
from webapp.core.errors import AppError, TooMany
from webapp.settings import Settings
from webapp.visibility import VISITOR, Viewer
from webapp.web.viewer import address, viewer

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
_UNITS = {"minute": "a minute", "hour": "an hour"}


def on(bucket: str) -> Callable[[View], View]:
    """Count calls of this view in a bucket."""
    if bucket not in BUCKETS:
        raise ValueError(bucket)

    def mark(view: View) -> View:
        view.bucket = bucket
        return view

    return mark


_here = FixedWindowRateLimiter(MemoryStorage())  # while Redis is away


def install(app: Flask, settings: Settings) -> None:
    """Check every request from here on. `redis+unix:` is how the library names a socket."""
    url = settings.redis_url.replace("unix://", "redis+unix://", 1)
    timeout = settings.redis_timeout
    # Without its own tries: nobody waits for a Redis that hangs four times and the pauses between them.
    storage = RedisStorage(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=None, key_prefix="limit")
    app.config["LIMITER"] = FixedWindowRateLimiter(storage)
    if settings.rate_limits:
        app.before_request(check)


def check() -> None:
    """Count this call; TooMany if it is one too many. What costs nothing, static files and health, is left out."""
    endpoint = request.endpoint
    if endpoint is None or endpoint.startswith(("ops.", "assets.")):
        return
    bucket = _bucket(endpoint)
    me = _asking(bucket)
    number, unit = most(bucket, me), BUCKETS[bucket][1]
    item = _item(unit, max(1, int(number * current_app.config["SETTINGS"].rate_limit_scale)))
    wait = _hit(item, bucket, address() if me.is_visitor else str(me.id))
    if wait:
        said = f"That is more than {number} times {_UNITS[unit]}. Please wait {_words(wait)} and try again."
        raise TooMany(said, wait)


def _hit(item: RateLimitItem, *names: str) -> int:
    """Count; returns how many seconds to wait, 0 for not at all."""
    if not cache.silent():
        try:
            return _hit_by(current_app.config["LIMITER"], item, *names)
        except RedisError:
            cache.missed()
    return _hit_by(_here, item, *names)


def _hit_by(strategy: RateLimiter, item: RateLimitItem, *names: str) -> int:
    if strategy.hit(item, *names):
        return 0
    return max(1, int(strategy.get_window_stats(item, *names).reset_time - time.time()) + 1)


def _bucket(endpoint: str) -> str:
    view = current_app.view_functions.get(endpoint)
    reads = request.method in ("GET", "HEAD", "OPTIONS")
    return getattr(view, "bucket", "read" if reads else "write")


def most(bucket: str, me: Viewer = VISITOR) -> int:
    """Return how many calls of a bucket this viewer may make: the usual ones, as admins chose, fewer while it is new.

    Reading is not made scarce for new accounts: what they may write is.
    """
    now = options.now()
    number = now.limits.get(bucket, BUCKETS[bucket][0])
    if bucket in _READS or not _is_new(me, now):
        return number
    return -(-number * now.new_account_percent // 100)


def _is_new(me: Viewer, now: options.Options) -> bool:
    if not now.new_account_days or me.joined is None or me.is_at_least("moderator"):
        return False
    return time.time() - me.joined < now.new_account_days * 86400


@lru_cache(maxsize=512)
def _item(unit: str, number: int) -> RateLimitItem:
    return parse(f"{number} per {unit}")


def _asking(bucket: str) -> Viewer:
    try:
        return VISITOR if BUCKETS[bucket][2] else viewer()
    except AppError:  # a token that is not valid: refused by the view, but counted
        return VISITOR


def _words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{round(seconds / 60)} minutes"
