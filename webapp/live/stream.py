"""From words to events: what a page is sent, as parts of pages or as JSON.

A page first gets what it may have missed, then what happens. Where no stream can be held open (Redis is away, or a
connection would cost a thread), it gets the first alone and is told to ask again in a while: that is all polling is.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from flask import current_app

from webapp.core import db, live, log
from webapp.live import queries, watch
from webapp.live.queries import News
from webapp.visibility import Viewer
from webapp.web import sse

# Streams that read at once: a word to all pages of a process must not keep its connections from everybody else.
_turn = threading.BoundedSemaphore(3)
_SOON, _LATER = 1_000, 10_000  # milliseconds until a page asks again: after a stream, and where there is none
SIGNED_OUT = "signed-out"

# How a face writes what a word brought: the events, without their places.
Face = Callable[[News], Iterator[tuple[str, str]]]


class Page:
    """An open page of the viewer's, and up to where it knows all messages."""

    def __init__(self, viewer: Viewer, face: Face):
        self.viewer, self.face, self.place = viewer, face, sse.place()

    def events(self) -> Iterator[bytes]:
        """Yield what was missed, then what happens, until the page goes, the session ends or the process stops."""
        live.hub.start(watch.look)
        if not (live.holds() and live.hub.listening):
            yield self._written({"what": "start"}, _LATER)
            return
        stream = live.hub.open(self.viewer.id, self.viewer.session_id or self.viewer.token_id or self.viewer.id)
        try:
            yield self._written({"what": "start"}, _SOON)
            for word in stream.words():
                yield sse.BEAT if word is live.BEAT else self._written(word)
            if stream.revoked:
                yield sse.frame("", event=SIGNED_OUT)
        except Exception as error:  # the database is away: the page asks again when the stream has ended
            log.get().warning("stream ended", error=type(error).__name__)
        finally:
            live.hub.leave(stream)

    def _written(self, word: live.Word, retry: int = 0) -> bytes:
        make: Any = current_app.session_factory  # type: ignore[attr-defined]
        with _turn, db.unit(reading=True, make=make):
            news = queries.news(self.viewer, word, self.place)
            parts = list(self.face(news))
        place = news.place if news.place != self.place else ""
        self.place = news.place
        if place and not parts:
            parts = [("place", "")]
        # The place stands on the last event: what comes before it would be sent once more if the line broke there.
        last = len(parts) - 1
        return b"".join(
            sse.frame(data, event=event, place=place if number == last else "", retry=0 if number else retry)
            for number, (event, data) in enumerate(parts)
        )
