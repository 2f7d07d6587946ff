"""From words to events: what a page is sent, as parts of pages or as JSON.

A page first gets what it may have missed, then what happens. Where no stream can be held open (Redis is away, or a
connection would cost a thread), it gets the first alone and is told to ask again in a while: that is all polling is.
"""

from collections.abc import Callable, Iterator
from typing import Any

from flask import current_app

from webapp.core import db, live, log
from webapp.live import watch
from webapp.visibility import Viewer
from webapp.web import sse

_SOON, _LATER = 1_000, 10_000  # milliseconds until a page asks again: after a stream, and where there is none

SIGNED_OUT = "signed-out"

# What a face makes of a word: frames for this viewer.
Face = Callable[[Viewer, live.Word], Iterator[bytes]]


def events(viewer: Viewer, face: Face) -> Iterator[bytes]:
    """Yield what the viewer missed, then what happens, until the page goes, the session ends or the process stops."""
    place = sse.place()
    live.hub.start(watch.look)
    if not (live.holds() and live.hub.listening):
        yield from _now(viewer, face, place, _LATER)
        return
    stream = live.hub.open(viewer.id, viewer.session_id or viewer.token_id or viewer.id)
    try:
        yield from _now(viewer, face, place, _SOON)
        for word in stream.words():
            yield sse.BEAT if word is live.BEAT else b"".join(_within(viewer, face, word))
        if stream.revoked:
            yield sse.frame("", event=SIGNED_OUT)
    except Exception as error:  # the database is away: the page asks again when the stream has ended
        log.get().warning("stream ended", error=type(error).__name__)
    finally:
        live.hub.leave(stream)


def _now(viewer: Viewer, face: Face, place: str, retry: int) -> Iterator[bytes]:
    yield b"".join(_within(viewer, face, {"what": "start", "place": place, "retry": retry}))


def _within(viewer: Viewer, face: Face, word: live.Word) -> list[bytes]:
    make: Any = current_app.session_factory  # type: ignore[attr-defined]
    with db.unit(reading=True, make=make):
        return list(face(viewer, word))
