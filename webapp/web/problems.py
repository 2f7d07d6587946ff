"""What goes wrong, as an answer: RFC 9457 problems for programs, pages for people. Never a trace."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from apiflask import APIFlask
from flask import Request, Response, current_app, g, render_template, request
from werkzeug.exceptions import HTTPException

from webapp.core import db, gate, log, text
from webapp.core.errors import AppError, Invalid, NotFound, TooMany, Unavailable
from webapp.web import copies, forms, htmx, json, viewer

_SENTENCES = {
    400: "The request could not be understood. Go back, reload the page and try again.",
    404: NotFound().sentence,
    405: "This address can't be used in this way.",
    408: "The request took too long to arrive. Please try again.",
    413: "That is more than 40 MB in one go, or too much text. Send fewer or smaller photos.",
    415: "This kind of data is not understood here.",
    429: "That was too often. Please wait a little and try again.",
    500: "Something went wrong on our side. It has been written down. Please try again.",
}
_TITLES = {405: "Not possible here", 413: "Too much at once"}  # where HTTP's own words say little
_ONCE_MORE = "This page was open for long, or cookies are off. What you typed is still here: send it once more."


def install(app: APIFlask) -> None:
    """Take over all errors."""
    app.register_error_handler(AppError, refuse)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    """Tell whether the answer goes to a program: a call, or the service worker sending a form that had to wait."""
    return request.path.startswith("/api/") or request.headers.get("Accept") == "application/problem+json"


def refuse(error: AppError) -> Any:
    """Answer an expected refusal."""
    wait = error.retry_after if isinstance(error, TooMany | Unavailable) else None
    show = None if wants_json() else getattr(current_app.view_functions.get(request.endpoint or ""), "redisplay", None)
    if show is not None and _let_in(error):
        return _show_again(show, error, wait)
    if error.status == 401 and not wants_json():
        return _sign_in_first(error)
    return _answer(error.status, error.title, error.sentence, error.kind, error.fields, wait)


def _let_in(error: AppError) -> bool:
    """Tell whether the view itself refused, or only its form's token: who got no further is not shown its page."""
    if "entered" in g:
        return True
    try:
        return error.kind == "csrf" and viewer.viewer().status == "active"
    except AppError:
        return False


def _show_again(show: Callable[..., Response], error: AppError, wait: int | None) -> Any:
    """Show the form once more with what was typed: whatever the reason, nobody loses their words."""
    if error.status == 401 and not error.fields:
        return _sign_in_first(error)
    said = _ONCE_MORE if error.kind == "csrf" else error.sentence
    try:
        shown = show(form=forms.typed(), errors=error.fields or {"": [said]}, **(request.view_args or {}))
    except AppError:  # what the form is about is gone, or whoever filled it in has signed out elsewhere
        return _answer(error.status, error.title, error.sentence)
    if shown.status_code >= 300:
        return shown
    shown.status_code = 422 if error.fields else error.status
    if wait:
        shown.headers["Retry-After"] = str(wait)
    return shown


def _sign_in_first(error: AppError) -> Any:
    """Lead to the sign-in, and from there back. What was typed stays: on its page, or on the one that says so."""
    reads = request.method in ("GET", "HEAD")
    if (reads and not htmx.wants_part()) or not viewer.was_here():
        return htmx.go(f"/login?next={quote(request.full_path.rstrip('?') if reads else htmx.came_from('/'))}")
    shows = hasattr(current_app.view_functions.get(request.endpoint or ""), "redisplay")
    typed = forms.typed() if shows and not htmx.wants_part() else {}
    return htmx.page("errors/signed_out.html", error.status, next=htmx.came_from("/"), typed=typed)


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    status = 400 if error.code == 422 else error.code
    title = _TITLES.get(status, error.name.capitalize())
    answer = _answer(status, title, _SENTENCES.get(status, error.description or error.name))
    if status == 405 and getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _unexpected(error: Exception) -> Any:
    viewer.settle()
    if db.lost(error):
        gate.found(error)
        copy = copies.find()
        log.get().error("database away", error=type(error).__name__, copy=copy is not None)
        if copy is not None:
            return copy
        away = Unavailable()
        return _answer(away.status, away.title, away.sentence, wait=away.retry_after)
    log.get().error("unexpected error", exc_info=error)
    return _answer(500, "Something went wrong", _SENTENCES[500])


def _answer(
    status: int,
    title: str,
    detail: str,
    kind: str = "about:blank",
    fields: Any = None,
    wait: int | None = None,
) -> Response:
    if wants_json():
        response = Response(json.dump(_problem(status, title, detail, kind, fields)), status)
        response.mimetype = "application/problem+json"
        response.headers["Cache-Control"] = "no-store"
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
    else:
        _settle_viewer()
        page = render_template(
            "errors/error.html",
            status=status,
            title=title,
            detail=detail,
            request_id=g.get("request_id"),
            retry_after=wait,
        )
        response = Response(page, status)
        response.headers["Cache-Control"] = "no-store" if status >= 500 else "private, no-cache"
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _settle_viewer() -> None:
    """Find out who is asking, if that can be: a token that is not valid must not turn one error into another."""
    try:
        viewer.viewer()
    except Exception:
        viewer.settle()


def _problem(status: int, title: str, detail: str, kind: str, fields: Any) -> dict[str, Any]:
    return {
        "type": kind, "title": title, "status": status, "detail": detail,
        "errors": fields or {}, "request_id": g.get("request_id"),
    }  # fmt: skip


def refuse_bad_text(asked: Request) -> None:
    """Refuse NUL, control characters and invalid UTF-8 in paths and queries, in one place."""
    if text.carries_control(asked.path) or "\ufffd" in asked.path:
        raise NotFound
    if not asked.query_string:
        return
    for name, value in asked.args.items(multi=True):
        if text.carries_control(name + value) or "\ufffd" in value:
            raise Invalid({name if name.isprintable() else "": ["This contains characters that can't be used."]})
