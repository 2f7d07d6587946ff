"""Server-sent events: how they are written, and the answer that carries them."""

import re
from collections.abc import Iterator

from flask import Response, request, stream_with_context

from webapp.core import live

_LINES = re.compile(r"\r\n|\r|\n")
BEAT = b": \n\n"  # a comment: nothing happens, but both sides notice that the other is there
PATIENCE = 30.0  # seconds for which a line may take nothing
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def frame(data: str, *, event: str = "", place: str = "", retry: int = 0) -> bytes:
    """Write one event. `place` is where a page that lost the stream goes on; `retry` (milliseconds) when it asks."""
    lines = [f"event: {event}"] if event else []
    if retry:
        lines.append(f"retry: {retry}")
    if place:
        lines.append(f"id: {place}")
    lines += [f"data: {line}" for line in _LINES.split(data)]
    return ("\n".join(lines) + "\n\n").encode()


def answer(frames: Iterator[bytes]) -> Response:
    """Send events as they come. Who takes none of them for a while is hung up on, or would be held for ever."""
    line = request.environ.get("gunicorn.socket")
    if line is not None:
        line.settimeout(PATIENCE)
    return Response(stream_with_context(frames), mimetype="text/event-stream", headers=HEADERS)


def place() -> str:
    """Return up to where the page knows what happened: a snapshot of PostgreSQL, or nothing if it says none."""
    said = request.headers.get("Last-Event-ID") or request.args.get("since", "")
    return said if live.is_moment(said) else ""
