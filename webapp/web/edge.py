"""The HTTP edge: what every request passes. What a view returns is committed, what it raises is rolled back."""

import gzip
import re
import time
from collections.abc import Callable
from typing import Any

from apiflask import APIFlask
from flask import Request, Response, g, request
from werkzeug.routing import MapAdapter
from werkzeug.sansio.http import parse_cookie
from werkzeug.utils import cached_property

from webapp.core import crypto, db, log, metrics
from webapp.core.errors import AppError, Refused
from webapp.settings import Settings
from webapp.web import copies, csrf, drawing, flags, headers, limits, problems, replicas, viewer

_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SAFE = ("GET", "HEAD", "OPTIONS")
_BODY_BYTES = 1024 * 1024
_DRAINED_BYTES = 64 * 1024 * 1024
_PACKABLE = ("text/html", "application/json", "application/problem+json", "text/plain")


class Asked(Request):
    """A request whose cookies are found without a look through all its headers."""

    @cached_property
    def cookies(self) -> Any:
        """What the browser sent back, by name."""
        return parse_cookie(self.environ.get("HTTP_COOKIE", ""), self.dict_storage_class)


class Site(APIFlask):
    """A Flask whose requests are units of work."""

    request_class = Asked
    jinja_environment = drawing.Templates
    session_factory: Any = None  # tests put every unit into one transaction

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what matches a request's address, made of what the request knows already. 400 for a strange host."""
        if request is None:
            return super().create_url_adapter(None)
        request.trusted_hosts = self.config["TRUSTED_HOSTS"]
        return self.url_map.bind(
            request.host, request.root_path, "", request.scheme, request.method, request.path,
            request.query_string.decode("latin1"),
        )  # fmt: skip

    def full_dispatch_request(self) -> Response:
        """Open the request's unit of work around everything, error pages included."""
        asked, notes = request._get_current_object(), g._get_current_object()
        notes.started = time.perf_counter()
        notes.view = self.view_functions.get(asked.endpoint or "")
        kind = getattr(notes.view, "kind", "")  # of work: see `patience`
        with db.unit(reading=asked.method in _SAFE, make=self.session_factory, kind=kind) as unit:
            notes.unit = unit
            response = super().full_dispatch_request()
        if response.status_code >= 400:
            _drain()
        return response

    def preprocess_request(self) -> Any:
        """Let a request pass what stands before all views, in this order, and then what extensions put there."""
        asked, notes = request._get_current_object(), g._get_current_object()
        view = notes.view
        _enter(asked, notes)
        limits.check(asked, view, self.config["SETTINGS"])
        csrf.check(asked, view)
        held = viewer.hold(asked, view)
        if held is not None:
            return held
        flags.check(asked.endpoint or "")
        copies.prepare(asked.endpoint or "")
        if getattr(view, "max_body", 0) and asked.mimetype == "multipart/form-data":
            _let_go(notes.unit)
        return super().preprocess_request() if self.before_request_funcs else None

    def process_response(self, response: Response) -> Response:
        """Let an answer pass what stands behind all views; an error's, too. Its headers: see `headers.Answer`."""
        notes = g._get_current_object()
        copies.take(response)
        viewer.send_cookies(response)
        response = super().process_response(response)
        if self.config["SETTINGS"].compress:
            _pack(response)
        response.headers.add("X-Request-Id", notes.request_id)
        _record(request._get_current_object(), notes, response)
        return response

    def log_exception(self, exc_info: Any) -> None:
        """Log what an error page could not be made of; Flask would log the address, too, which may hold a key."""
        log.get().critical("error without a page", exc_info=exc_info)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take functions as they are: none here is asynchronous, and to look costs more than to call."""
        return func

    def make_response(self, rv: Any) -> Response:
        """Take an answer as it is; make one of all else that a view may return."""
        return self.response_class.force_type(rv) if isinstance(rv, Response) else super().make_response(rv)

    def dispatch_request(self) -> Any:
        """Run the view and commit what it returns; then do what waited for the commit."""
        asked, notes = request._get_current_object(), g._get_current_object()
        notes.entered = True
        answer = self.make_response(replicas.answered(super().dispatch_request))
        if asked.method not in _SAFE:
            replicas.claim()
            notes.unit.transaction.commit()
            db.run_after_commit()
            copies.changed(asked.endpoint or "")
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


def _let_go(unit: db.Unit) -> None:
    """Give the connection back before files are stored, which may be slow; whatever is asked after that takes one anew.

    What the way in wrote, that somebody was here, holds whatever becomes of the request.
    """
    unit.transaction.commit()
    db.run_after_commit()
    unit.close()


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
    app.response_class = headers.answers(settings)
    app.config["MAX_CONTENT_LENGTH"] = _BODY_BYTES
    flags.install(app)
    app.teardown_request(lambda _error: log.clear())


def _enter(asked: Request, notes: Any) -> None:
    given = asked.environ.get("HTTP_X_REQUEST_ID", "")
    notes.request_id = given if _ID.fullmatch(given) else crypto.token(12)
    log.bind(request_id=notes.request_id, route=_route(asked))
    most = getattr(notes.view, "max_body", 0)  # where files are taken: of those alone, not of a call's words
    if most and asked.mimetype == "multipart/form-data":
        asked.max_content_length = most
    problems.refuse_bad_text(asked)


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


def _route(asked: Request) -> str:
    """Return the rule that the address met: paths are endless, and may hold keys."""
    return asked.url_rule.rule if asked.url_rule else "none"


def _record(asked: Request, notes: Any, response: Response) -> None:
    """Count the request and log its one line; `request_id` and `route` are on every line of it."""
    seconds = time.perf_counter() - notes.started
    method = asked.method if asked.method in _METHODS else "other"
    metrics.answered(method, _route(asked), response.status_code, seconds)
    me, unit = viewer.known(), notes.unit
    log.get().info(
        "request", method=method, status=response.status_code, duration_ms=round(seconds * 1000, 2),
        db_ms=round(unit.seconds * 1000, 2), queries=unit.queries, user_id=None if me.is_visitor else str(me.id),
    )  # fmt: skip


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
