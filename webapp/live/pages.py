"""The stream of an open page."""

from flask import Blueprint, Response

from webapp.live import parts
from webapp.live.stream import Page
from webapp.web import sse
from webapp.web.viewer import open_to_hidden, viewer

bp = Blueprint("live", __name__)


@bp.get("/events")
@open_to_hidden
def events() -> Response:
    """Send what happens. Nothing at all to whoever may not know: htmx would swap an error or a sign-in page in."""
    me = viewer()
    if me.is_visitor or me.status != "active":
        return Response(status=204)
    return sse.answer(Page(me, parts.face).events())
