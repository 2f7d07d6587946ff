"""The stream of events over JSON: each event's data is a shape."""

from collections.abc import Iterator
from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.live.queries import News
from webapp.live.stream import Page
from webapp.web import sse
from webapp.web.openapi import describe
from webapp.web.viewer import viewer

bp = APIBlueprint("live_api", __name__, tag="live")


@bp.get("/events")
@login_required
@describe(dict[str, Any], kind="text/event-stream")
def events() -> Response:
    """Send what happens: counts, message, conversation, typing, read, posts, medium, place, signed-out."""
    return sse.answer(Page(viewer(), _face).events())


def _face(news: News) -> Iterator[tuple[str, str]]:
    for name, shape in _shapes(news):
        yield name, orjson.dumps(shape).decode()


def _shapes(news: News) -> Iterator[tuple[str, object]]:
    if news.counts is not None:
        yield "counts", news.counts
    for message in news.messages:
        yield "message", message
    for talk in news.talks:
        yield "conversation", talk
    if news.typing is not None:
        yield "typing", {"conversation_id": news.typing[0].id, "user": news.typing[1]}
    if news.read is not None:
        yield "read", {"conversation_id": news.read.id, "read_marks": news.read.read_marks}
    if news.event is not None:
        yield news.event["what"], {name: news.event[name] for name in ("post", "story") if name in news.event}
