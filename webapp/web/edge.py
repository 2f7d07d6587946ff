"""The HTTP edge: what every request passes. What a view returns is committed, what it raises is rolled back."""

import gzip
import re
import time
from collections.abc import Callable
from typing import Any

from apiflask import APIFlask
from flask import Response, current_app, g, request

from webapp.core import crypto, db, log, metrics
from webapp.core.errors import AppError, Refused
from webapp.settings import Settings
from webapp.web import copies, csrf, drawing, flags, headers, limits, problems, replicas, viewer

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SAFE = ("GET", "HEAD", "OPTIONS")
_BODY_BYTES = 1024 * 1024
_DRAINED_BYTES = 64 * 1024 * 1024
_PACKABLE = ("text/html", "application/json", "application/problem+json", "text/plain")


class Site(APIFlask):
    """A Flask whose requests are units of work."""

    jinja_environment = drawing.Templates
    session_factory: Any = None  # tests put every unit into one transaction

    def full_dispatch_request(self) -> Response:
        """Open the request's unit of work around everything, error pages included."""
        g.started = time.perf_counter()
        view = self.view_functions.get(request.endpoint or "")
        kind = getattr(view, "kind", "")  # of work: see `patience`
        with db.unit(reading=request.method in _SAFE, make=self.session_factory, kind=kind) as unit:
            g.unit = unit
            response = super().full_dispatch_request()
        if response.status_code >= 400:
            _drain()
        return response

    def log_exception(self, exc_info: Any) -> None:
        """Log what an error page could not be made of; Flask would log the address, too, which may hold a key."""
        log.get().critical("error without a page", exc_info=exc_info)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take functions as they are: none here is asynchronous, and to look costs more than to call."""
        return func

    def dispatch_request(self) -> Any:
        """Run the view and commit what it returns; then do what waited for the commit."""
        g.entered = True
        answer = self.make_response(replicas.answered(super().dispatch_request))
        if request.method not in _SAFE:
            replicas.claim()
            g.unit.transaction.commit()
            db.run_after_commit()
            copies.changed(request.endpoint or "")
        return answer

    def handle_user_exception(self, e: Exception) -> Any:
        """Roll back what was raised out of, before the error becomes an answer."""
        if isinstance(e, Refused) and e.keep:
            g.unit.transaction.commit()
            db.run_after_commit()
        else:
            _rollback()
        if isinstance(e, AppError) and e.afterwards is not None:
            e.afterwards()
            g.unit.transaction.commit()
        return super().handle_user_exception(e)


def _drain() -> None:
    """Read what is left of a refused body, up to a bound: a connection closed on it hides the answer."""
    left = _DRAINED_BYTES if request.method not in _SAFE else 0
    stream = request.environ["wsgi.input"]
    try:
        while left > 0 and (part := stream.read(min(left, 1 << 16))):
            left -= len(part)
    except Exception as error:  # the sender is gone: nobody waits for the answer
        log.get().info("body not drained", error=type(error).__name__)


def _rollback() -> None:
    try:
        db.rollback()
    except Exception as error:  # the connection is gone: PostgreSQL rolls back by itself
        log.get().warning("rollback failed", error=type(error).__name__)


def command(work: Callable[[], Any]) -> Any:
    """Do a command's work in a unit of its own, as a request would."""
    with db.unit(kind="command") as unit:
        result = work()
        unit.transaction.commit()
        db.run_after_commit()
        copies.forget()
        return result


def install(app: Site, settings: Settings) -> None:
    """Put the edge around the app."""
    csp = headers.policy(settings)
    app.before_request(_enter)
    limits.install(app, settings)
    app.before_request(csrf.check)
    app.before_request(viewer.hold)
    flags.install(app)

    @app.after_request
    def leave(response: Response) -> Response:
        viewer.send_cookies(response)
        headers.dress(response, csp, settings)
        if settings.compress:
            _pack(response)
        response.headers["X-Request-Id"] = g.request_id
        _record(response)
        return response

    app.teardown_request(lambda _error: log.clear())


def _enter() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _ID.fullmatch(given) else crypto.token(12)
    log.bind(request_id=g.request_id, route=_route())
    view = current_app.view_functions.get(request.endpoint or "")
    most = getattr(view, "max_body", _BODY_BYTES)  # where files are taken: of those alone, not of a call's words
    request.max_content_length = most if request.mimetype == "multipart/form-data" else _BODY_BYTES
    problems.refuse_bad_text()


def _pack(response: Response) -> None:
    """Compress an answer, where no proxy in front does it."""
    if (
        response.mimetype not in _PACKABLE
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or "gzip" not in request.headers.get("Accept-Encoding", "")
    ):
        return
    body = response.get_data()
    if len(body) > 500:
        response.set_data(gzip.compress(body, 5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")


def _route() -> str:
    """Return the rule that the address met: paths are endless, and may hold keys."""
    return request.url_rule.rule if request.url_rule else "none"


def _record(response: Response) -> None:
    """Count the request and log its one line; `request_id` and `route` are on every line of it."""
    seconds = time.perf_counter() - g.started
    method = request.method if request.method in _METHODS else "other"
    metrics.answered(method, _route(), response.status_code, seconds)
    me = viewer.known()
    log.get().info(
        "request", method=method, status=response.status_code, duration_ms=round(seconds * 1000, 2),
        db_ms=round(g.unit.seconds * 1000, 2), queries=g.unit.queries, user_id=None if me.is_visitor else str(me.id),
    )  # fmt: skip


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
