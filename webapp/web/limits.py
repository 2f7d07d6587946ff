"""Rate limits: Flask-Limiter on Redis, in this process when Redis is away.

A view says which bucket it draws from (`@limits.on("likes")`); a verb's page and its API face share one bucket.
Everything else counts as a read or a write.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.errors import RateLimitExceeded

from webapp.core.errors import AppError, TooMany
from webapp.settings import Settings
from webapp.visibility import VISITOR
from webapp.web.viewer import address, viewer

View = TypeVar("View", bound=Callable[..., Any])

# bucket: (how many, per what, counted by address instead of by person)
BUCKETS: dict[str, tuple[int, str, bool]] = {
    "sign-in": (5, "minute", True),
    "registration": (5, "hour", True),
    "posts": (10, "hour", False),
    "likes": (100, "hour", False),
    "saves": (100, "hour", False),
    "comments": (50, "hour", False),
    "follows": (60, "hour", False),
    "uploads": (200, "hour", False),
    "feed": (60, "minute", False),
    "read": (300, "minute", False),
    "write": (120, "minute", False),
}
_UNITS = {"minute": "a minute", "hour": "an hour"}


def on(bucket: str) -> Callable[[View], View]:
    """Count calls of this view in a bucket."""
    if bucket not in BUCKETS:
        raise ValueError(bucket)

    def mark(view: View) -> View:
        view.bucket = bucket
        return view

    return mark


def _bucket() -> str:
    view = current_app.view_functions.get(request.endpoint or "")
    reads = request.method in ("GET", "HEAD", "OPTIONS")
    return getattr(view, "bucket", "read" if reads else "write")


def _limit() -> str:
    number, unit, _ = BUCKETS[_bucket()]
    scale = current_app.config["SETTINGS"].rate_limit_scale
    return f"{max(1, int(number * scale))} per {unit}"


def _who() -> str:
    bucket = _bucket()
    by_address = BUCKETS[bucket][2]
    try:
        me = VISITOR if by_address else viewer()
    except AppError:  # a token that is not valid: refused by the view, counted here, for the limiter must not stumble
        me = VISITOR
    return f"{bucket}:{address() if me.is_visitor else me.id}"


limiter = Limiter(
    key_func=_who,
    application_limits=[ApplicationLimit(_limit, key_function=_who)],
    headers_enabled=False,
    strategy="fixed-window",
    in_memory_fallback_enabled=True,
    swallow_errors=True,
    key_prefix="limit",
)


def install(app: Flask, settings: Settings) -> None:
    """Check every request from here on, counting in Redis. `redis+unix:` is how the limiter names a socket."""
    url = settings.redis_url
    app.config["RATELIMIT_STORAGE_URI"] = url.replace("unix://", "redis+unix://", 1) if url.startswith("unix:") else url
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {
        "socket_timeout": settings.redis_timeout,
        "socket_connect_timeout": settings.redis_timeout,
    }
    app.config["RATELIMIT_ENABLED"] = settings.rate_limits
    limiter.init_app(app)


@limiter.request_filter
def _uncounted() -> bool:
    """Leave out what costs nothing: static files, health."""
    return request.endpoint is None or request.endpoint.startswith(("ops.", "assets."))


def explain(_error: RateLimitExceeded) -> TooMany:
    """Say in words how often is too often, and how long to wait."""
    number, unit, _ = BUCKETS[_bucket()]
    current = limiter.current_limit
    wait = max(1, current.reset_at - _now()) if current else 60
    return TooMany(f"That is more than {number} times {_UNITS[unit]}. Please wait {_words(wait)} and try again.", wait)


def _now() -> int:
    return int(time.time())


def _words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{round(seconds / 60)} minutes"
