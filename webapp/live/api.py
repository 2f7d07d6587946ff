"""The stream of events over JSON: each event's data is a shape."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.core.live import Word
from webapp.live import queries, stream
from webapp.visibility import Viewer
from webapp.web import sse
from webapp.web.openapi import describe
from webapp.web.viewer import viewer

bp = APIBlueprint("live_api", __name__, tag="live")


@bp.get("/events")
@login_required
@describe(dict[str, Any], kind="text/event-stream")
def events() -> Response:
    """Send what happens as server-sent events: counts, posts, medium, signed-out."""
    return sse.answer(stream.events(viewer(), _face))


def _face(me: Viewer, word: Word) -> Iterator[bytes]:
    what = word["what"]
    if what in ("start", "badges"):
        yield _event("counts", asdict(queries.counts(me)), retry=word.get("retry", 0))
    elif what in ("posts", "medium"):
        yield _event(what, {name: value for name, value in word.items() if name in ("post", "story")})


def _event(name: str, data: object, **more: str | int) -> bytes:
    return sse.frame(orjson.dumps(data).decode(), event=name, **more)  # type: ignore[arg-type]
