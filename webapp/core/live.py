"""Open pages: what tells them that something happened. Redis carries the word; what happened stands in PostgreSQL.

A word is sent after the commit and may be lost (Redis away, a process killed): an open page then learns of it when
it asks the next time, because what it asks is always "what is new since what I have".

Every process hears every word, and hands it to those of its own streams whom it concerns. A stream costs no thread
where threads are greenlets (gunicorn's gevent worker); elsewhere none is held open, see `holds`.
"""

import re
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import orjson
import redis
from sqlalchemy import Select, Text, cast, func, select

from webapp.core import cache, db, log, metrics

CHANNEL = "live"
_MOMENT = re.compile(r"([1-9][0-9]{0,18}):([1-9][0-9]{0,18}):((?:[1-9][0-9]{0,18}(?:,[1-9][0-9]{0,18}){0,999})?)")
MOST_STREAMS = 12  # of one person in one process: tabs and devices; the oldest gives way
_MOST_WORDS = 64  # that wait for one stream: who reads slower begins anew
_BEAT = 20.0  # seconds between signs of life, by which both ends notice that the other is gone
_SILENCE = 2.0  # seconds without a word from Redis after which it is asked whether it lives
_PAUSE = 1.0  # seconds until a lost Redis is tried again

Word = dict[str, Any]
BEAT: Word = {"what": "beat"}


def tell(what: str, people: Iterable[uuid.UUID], **facts: object) -> None:
    """Let the open pages of these people know, after this unit's commit, that something happened.

    `what`: messages (somebody wrote, deleted, came, left), typing and read (with `conversation`, `user`; `seq`),
    badges (a number on the frame changed), posts (`author` published; told to whoever follows them), medium
    (a photo of theirs got ready or failed; `post` or `story`), end (sessions or tokens ended: `grants`, or all).
    """
    word = {"what": what, "people": [str(person) for person in people], **{k: str(v) for k, v in facts.items()}}
    db.after_commit(partial(cache.publish, CHANNEL, word))


def moment() -> Callable[[], str]:
    """Ask for now, as a snapshot of PostgreSQL, right before what is read next; the returned call gives it.

    What is read after it shows all until then, and the page's events go on from there.
    """
    asked = db.soon(_moment())
    return lambda: str(asked.row.place)


@db.prepared
def _moment() -> Select[tuple[str]]:
    return select(cast(func.pg_current_snapshot(), Text).label("place"))


def is_moment(text: str) -> bool:
    """Tell whether a text is a snapshot as PostgreSQL writes it, which would refuse others with an error."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return False
    first, end = int(found[1]), int(found[2])
    running = [int(number) for number in found[3].split(",") if number]
    in_order = first <= end < 2**63 and running == sorted(set(running))
    return in_order and all(first <= number < end for number in running)


def holds() -> bool:
    """Tell whether this process may keep streams open: each would cost a thread unless threads are greenlets."""
    gevent = sys.modules.get("gevent.monkey")  # looked for, not imported: workers and cron do without it
    return gevent is not None and gevent.is_module_patched("threading")


class Stream:
    """One open page of a person: words wait here until they are written to it. `grant` is what lets it be open."""

    __slots__ = ("_words", "closed", "grant", "person", "revoked")

    def __init__(self, person: uuid.UUID, grant: uuid.UUID):
        self.person, self.grant, self.closed, self.revoked = person, grant, False, False
        self._words: SimpleQueue[Word | None] = SimpleQueue()

    def hand(self, word: Word) -> None:
        """Let a word wait. One who does not read is cut off: it will ask what is new since then."""
        if self._words.qsize() >= _MOST_WORDS:
            self.close()
        else:
            self._words.put(word)

    def close(self) -> None:
        """End the stream once its page looks for the next word. Twice is once."""
        if not self.closed:
            self.closed = True
            self._words.put(None)

    def revoke(self) -> None:
        """End the stream for good: whoever opened it is signed out."""
        self.revoked = True
        self.close()

    def words(self) -> Iterator[Word]:
        """Yield words as they come, until the stream is closed."""
        while not self.closed:
            word = self._words.get()
            if word is not None and not self.closed:
                yield word

    def waiting(self) -> list[Word]:
        """Return the words that wait, without waiting for any (for tests)."""
        found = []
        while True:
            try:
                found.append(self._words.get_nowait())
            except Empty:
                return [word for word in found if word is not None]


class Hub:
    """The streams of this process."""

    def __init__(self) -> None:
        self._streams: dict[uuid.UUID, deque[Stream]] = {}
        self._lock = threading.Lock()
        self._started = False
        self._tried = threading.Event()
        self.listening = False
        self.authors: set[uuid.UUID] = set()  # who published since their followers were told

    def open(self, person: uuid.UUID, grant: uuid.UUID) -> Stream:
        """Add a stream. Whoever opens many loses the oldest."""
        stream = Stream(person, grant)
        with self._lock:
            mine = self._streams.setdefault(person, deque())
            mine.append(stream)
            # All of them: one that is closed stays among these until it has noticed.
            oldest = list(mine)[:-MOST_STREAMS]
        for one in oldest:
            one.close()
        metrics.open_streams.inc()
        return stream

    def leave(self, stream: Stream) -> None:
        """Take a stream out whose page has gone."""
        stream.closed = True
        with self._lock:
            mine = self._streams.get(stream.person)
            if mine is None or stream not in mine:
                return
            mine.remove(stream)
            if not mine:
                del self._streams[stream.person]
        metrics.open_streams.dec()

    def streams(self) -> list[Stream]:
        """Return all streams that are open."""
        with self._lock:
            return [stream for mine in self._streams.values() for stream in mine]

    def hand(self, word: Word) -> None:
        """Give a word to whom it concerns."""
        if word["what"] == "posts":
            self.authors.add(uuid.UUID(word["author"]))
        for person in word["people"]:
            for stream in list(self._streams.get(uuid.UUID(person), ())):
                if word["what"] != "end":
                    stream.hand(word)
                elif "grants" not in word or str(stream.grant) in word["grants"].split():
                    stream.revoke()

    def close(self) -> None:
        """End all streams: their pages ask again."""
        for stream in self.streams():
            stream.close()

    def listen(self) -> None:
        """Hear what Redis carries, for ever. While it is away no stream is open: pages ask now and then instead."""
        while True:
            try:
                self._hear()
            except redis.RedisError as error:
                log.get().warning("live: Redis is away", error=str(error))
            except Exception:  # one word that cannot be read must not make this process deaf
                log.get().exception("live: a word was not understood")
            self.listening = False
            self._tried.set()
            self.close()
            time.sleep(_PAUSE)

    def _hear(self) -> None:
        pubsub = cache.client().pubsub()
        try:
            pubsub.subscribe(CHANNEL)
            asked = False
            while True:
                heard = pubsub.get_message(timeout=_SILENCE)
                if heard is None:
                    if asked:
                        raise redis.TimeoutError("Redis is silent")
                    pubsub.ping()
                    asked = True
                    continue
                asked = False
                self.listening = True
                self._tried.set()
                if heard["type"] == "message":
                    self.hand(orjson.loads(heard["data"]))
        finally:
            pubsub.close()

    def keep(self, look: Callable[["Hub"], None], alive: Callable[[], bool]) -> None:
        """Give signs of life, let `look` see every few seconds to what no word told, and end all in good time."""
        beaten = time.monotonic()
        while alive():
            time.sleep(_PAUSE)
            now = time.monotonic()
            if now - beaten >= _BEAT:
                beaten = now
                for stream in self.streams():
                    stream.hand(BEAT)
            try:
                look(self)
            except Exception as error:  # the database is away: the next look comes in a second
                log.get().warning("live: could not look", error=str(error))
        self.close()

    def start(self, look: Callable[["Hub"], None]) -> None:
        """Begin to listen and to keep, once, with the first page that is open."""
        with self._lock:
            begun, self._started = self._started, True
        if not begun:
            threading.Thread(target=self.listen, name="live-listen", daemon=True).start()
            threading.Thread(target=self.keep, args=(look, _alive[0]), name="live-keep", daemon=True).start()
        self._tried.wait(1.0)


hub = Hub()
_alive: list[Callable[[], bool]] = [lambda: True]


def until(alive: Callable[[], bool]) -> None:
    """Say when this process is about to stop: streams would hold it up."""
    _alive[0] = alive
