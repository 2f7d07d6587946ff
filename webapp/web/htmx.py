"""Pages and their parts: the whole page for a browser, only the part for htmx."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from flask import Response, flash, make_response, redirect, render_template, request
from markupsafe import Markup

from webapp.core.page import Page
from webapp.core.text import carries_control
from webapp.web import csrf


def wants_part() -> bool:
    """Tell whether htmx asks for a part of a page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


# Stands for what was drawn before, as bytes: it goes into the page as it is. No text of a person can hold this.
DRAWN = Markup("<drawn>")
_DRAWN = DRAWN.encode()


def page(template: str, status: int = 200, drawn: Sequence[bytes] = (), **context: Any) -> Response:
    """Render a whole page, the parts that were drawn before in their place."""
    body = render_template(template, **context).encode().replace(_DRAWN, b"\n".join(drawn), 1)
    return make_response(csrf.fill(body), status)


def listing(template: str, items: str, shown: Page[Any], list_id: str, end_text: str = "", **context: Any) -> Response:
    """Render a list: the whole page, or for htmx only what follows the cursor and the way to still older ones."""
    older = None
    if shown.next_cursor:
        older = f"{request.path}?{urlencode({**request.args, 'cursor': shown.next_cursor})}"
    more = {
        "page": shown,
        "items_template": items,
        "older_url": older,
        "list_id": list_id,
        "end_text": end_text,
    }
    if wants_part():
        return page("shared/_older.html", **more, **context, oob=True)
    return page(template, **more, **context)


def part(template: str, back: str, said: str = "", undo: str = "", **context: Any) -> Any:
    """Answer a form: htmx gets the part, a browser without it is led back (303) and told what happened."""
    if wants_part():
        return page(template, **context)
    if said:
        toast(said, undo=undo)
    return go(back)


def go(path: str) -> Any:
    """Lead on to another page after a form (303)."""
    if wants_part():
        return Response(status=204, headers={"HX-Redirect": path})
    return redirect(path, 303)


def came_from(default: str, at: str = "") -> str:
    """Return the page of this site that the form was on, or the default; `at` is the id of what one stays at."""
    anchor = f"#{at}" if at else ""
    default = local(default + anchor)
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:  # a made-up one
        return default
    if referrer.netloc != request.host or referrer.path in ("", "/login"):
        return default
    return local(referrer.path + (f"?{referrer.query}" if referrer.query else "") + anchor, default)


def local(path: str, default: str = "/") -> str:
    """Return the path if it stays on this site, else the default. Two slashes, or a backslash, would lead elsewhere."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and not carries_control(path)
    if not plain or "\n" in path or "\t" in path or urlsplit(path).netloc:
        return default
    return quote(path, safe="/?&=#%:@!$'()*+,;~-._")


def toast(text: str, kind: str = "success", undo: str = "") -> None:
    """Say something on the next page; `undo` is the address of a form that takes it back."""
    action = {"label": "Undo", "url": undo} if undo else None
    flash({"kind": kind, "text": text, "action": action})
