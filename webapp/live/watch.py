"""What one process sees to for all of its streams: ended sessions, and news that concern many at once."""

import time

from webapp.core import db
from webapp.core.live import Hub
from webapp.live import queries

_NEWS, _GRANTS = 3.0, 30.0  # seconds
_LOST = 2 * _GRANTS  # seconds within which a word that was lost is noticed
_last = {"news": 0.0, "grants": 0.0}


def look(hub: Hub) -> None:
    """Look at what is due."""
    streams = hub.streams()
    if not streams:
        hub.authors.clear()
        return
    now = time.monotonic()
    if hub.authors and now - _last["news"] >= _NEWS:
        _last["news"] = now
        _spread(hub)
    if now - _last["grants"] >= _GRANTS:
        _last["grants"] = now
        _check(hub)
        _remind(hub)


def _spread(hub: Hub) -> None:
    """Tell those who follow somebody who has just published: one question, however many they are."""
    authors, hub.authors = hub.authors, set()
    with db.unit(reading=True):
        told = queries.followers(authors, {stream.person for stream in hub.streams()})
    for stream in hub.streams():
        if stream.person in told:
            stream.hand({"what": "posts"})


def _check(hub: Hub) -> None:
    """End the streams of sessions that have ended; the word of it may have been lost."""
    grants = {stream.grant for stream in hub.streams()}
    with db.unit(reading=True):
        good = queries.standing(grants)
    for stream in hub.streams():
        if stream.grant not in good:
            stream.revoke()


def _remind(hub: Hub) -> None:
    """Have pages look for messages, and for who has read them, if the word of it may have been lost.

    Messages that they know they don't get again.
    """
    with db.unit(reading=True):
        found = queries.written_to({stream.person for stream in hub.streams()}, _LOST)
    for stream in hub.streams():
        if talks := found.get(stream.person):
            stream.hand({"what": "messages"})
        for talk in talks or ():
            stream.hand({"what": "read", "conversation": str(talk)})
