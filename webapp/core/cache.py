"""Redis: small things that can be made again. When it is away, every call is a quiet miss.

Names in use: `session:<hash>` (who a session is and how much it has not read, 60 s; outdated at once when the
person, the session or the notifications change; `sessions:turn` is a number that ends all of them at once).
`replica:wrote` (how far a read replica has to be for whom, core/replica.py).
`copy:<place>` (pages as visitors saw them, for when the database is away, minutes; `copies:turn` ends all at once).
`ranked:<view>:<viewer>` (when somebody's newest ranking was made, 5 minutes; dropped at each follow).
`ranking:<view>:<viewer>:<when>` (the ranking, 15 minutes from the last page that was read of it).
In this process's memory: the cards of feeds (`posts/cards.py`), whose keys hold the versions of all that a card shows.
"""

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Generic, TypeVar

import orjson
import redis

from webapp.core import log
from webapp.core.wire import Command, Wire

Kept = TypeVar("Kept")
Asked = TypeVar("Asked")
_PAUSE = 2.0  # seconds without asking a Redis that did not answer: nobody waits for it twice
_MARK = b"!"  # begins what lies under an outdated key; no JSON does
_MARKED = 60  # seconds: longer than any read takes that began before
_OWED = 10_000  # marks that a process keeps for a Redis that is away; at most the oldest are lost
_SWAP = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) end"


class Silent(Exception):
    """Redis did not answer, or is left alone for a moment."""


class Cache:
    """A key-value store whose loss costs nothing but time."""

    def __init__(self, url: str, timeout: float):
        self.open = partial(
            redis.Redis.from_url, url, socket_timeout=timeout, socket_connect_timeout=timeout,
            health_check_interval=0, retry=None,
        )  # fmt: skip
        self.client: redis.Redis = self.open()
        self._wire = Wire(self.open(protocol=2))  # in which nothing is said that was not asked
        self._silent_until = 0.0
        self._owed: deque[Command] = deque(maxlen=_OWED)

    def ask(self, *commands: Command) -> list[Any] | None:
        """Send commands in one round trip; return their answers, or None if Redis gives none."""
        if time.monotonic() < self._silent_until:
            return None
        return self._send(*commands)

    def _send(self, *commands: Command) -> list[Any] | None:
        """Send commands, after the marks that Redis did not hear of while it was away from this process."""
        owed = self._taken() if self._owed else []
        try:
            return self._wire.ask(*owed, *commands)[len(owed) :]
        except redis.RedisError as error:
            self.missed()
            if not isinstance(error, redis.ResponseError):  # else it has heard
                self._owed.extend([*owed, *(command for command in commands if _marks(command))])
            return None

    def _taken(self) -> list[Command]:
        taken: list[Command] = []
        while self._owed:
            try:
                taken.append(self._owed.popleft())
            except IndexError:  # another thread took it
                break
        return taken

    def tell(self, *commands: Command) -> bool:
        """Send commands whose answers nobody needs, with others if they are `gathered`. False if Redis is away."""
        gathered = _gathered.get()
        if gathered is None:
            return self.ask(*commands) is not None
        gathered.extend(commands)
        return not self.silent

    def surely(self, call: Callable[[Any], Asked]) -> Asked:
        """Ask Redis where a quiet miss would mislead. Raises Silent."""
        if time.monotonic() >= self._silent_until:
            try:
                return call(self.client)
            except redis.RedisError:
                self.missed()
        raise Silent

    def get(self, key: str) -> Any:
        """Return what was put under the key, or None."""
        found = self._one("GET", key)
        return orjson.loads(found) if found else None

    def count(self, key: str) -> None:
        """Add one to a number."""
        self.tell(("INCR", key))

    def put(self, key: str, value: Any, seconds: int) -> None:
        """Keep a JSON value for `seconds`."""
        self.keep(key, orjson.dumps(value), seconds)

    def publish(self, channel: str, word: Any) -> None:
        """Send a JSON value to whoever listens right now."""
        self.tell(("PUBLISH", channel, orjson.dumps(word)))

    def drop(self, *keys: str) -> bool:
        """Forget keys, even while Redis is skipped: that matters more than time. False if it did not hear of it."""
        gathered = _gathered.get()
        if keys and gathered is not None:
            gathered.append(("DEL", *keys))
            return True
        return not keys or self.insist(("DEL", *keys))

    def outdate(self, *keys: str) -> None:
        """Invalidate keys, and also what somebody has read for them and not put there yet.

        A mark, a new one each time, takes the value's place, and `fill` leaves alone whatever has come since its
        caller looked. So whoever saw the mark and read after that may keep what was read: a key that is invalidated
        often is as good as any other. What Redis misses now it is told with this process's next question.
        """
        if not keys:
            return
        marks = [("SET", key, _MARK + secrets.token_bytes(8), "EX", _MARKED) for key in keys]
        told: list[Command] = [("DEL", *keys), *marks]  # DEL, because a Redis that is full refuses SET
        gathered = _gathered.get()
        if gathered is None:
            self.insist(*told)
        else:
            gathered.extend(told)

    def fill(self, key: str, before: bytes | None, value: bytes, seconds: int) -> None:
        """Keep bytes for `seconds`, but only if the key still holds what it held `before` they were read."""
        if before is None:
            self.ask(("SET", key, value, "EX", seconds, "NX"))
        else:
            self.ask(("EVAL", _SWAP, 1, key, before, value, seconds))

    def insist(self, *commands: Command) -> bool:
        """Send commands, even while Redis is skipped. False if it did not hear of them."""
        return self._send(*commands) is not None

    def keep(self, key: str, value: bytes, seconds: int) -> None:
        """Keep bytes for `seconds`."""
        self.ask(("SET", key, value, "EX", seconds))

    def kept(self, key: str, seconds: int) -> bytes | None:
        """Return bytes, or None, and keep them for `seconds` from now on."""
        found: bytes | None = self._one("GETEX", key, "EX", seconds)
        return found

    def _one(self, *command: str | int) -> Any:
        found = self.ask(command)
        return found[0] if found else None

    def missed(self) -> None:
        """Leave Redis alone for a while: somebody else got no answer from it."""
        self._silent_until = time.monotonic() + _PAUSE

    @property
    def silent(self) -> bool:
        """Whether Redis has just failed to answer."""
        return time.monotonic() < self._silent_until

    def alive(self) -> bool:
        """Tell whether Redis answers."""
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


def is_mark(found: bytes) -> bool:
    """Tell whether what lies under a key says only that it is outdated."""
    return found[:1] == _MARK


def _marks(command: Command) -> bool:
    return command[0] == "SET" and isinstance(command[2], bytes) and is_mark(command[2])


class Memory:
    """The values last used, in this process's memory: up to twice `most` of them.

    Two halves: a value that is asked for moves to the young one; when that is full it becomes the old one, and what
    lay there unused is forgotten.
    """

    def __init__(self, most: int):
        self._most = most
        self._young: dict[Any, Any] = {}
        self._old: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        """Return what was put under the key, or None."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: Any, value: Any) -> None:
        """Keep a value."""
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[key] = value


class Copy(Generic[Kept]):
    """What changes seldom and every request asks for: kept by each process for seconds, by Redis for `shared`.

    `read` gives it as JSON from where it stands, `make` turns that into what is asked for. A change counts here at
    once, elsewhere some seconds later.
    """

    def __init__(
        self, name: str, read: Callable[[], Any], make: Callable[[Any], Kept], seconds: float = 5.0, shared: int = 60
    ):
        self._name, self._read, self._make, self._seconds, self._shared = name, read, make, seconds, shared
        self.last: Kept | None = None
        self._until = 0.0

    def get(self) -> Kept:
        """Return it as it is, or was some seconds ago."""
        if self.last is not None and time.monotonic() < self._until:
            return self.last
        found = get(self._name)
        if found is None:
            found = self._read()
            put(self._name, found, self._shared)
        return self.hold(self._make(found))

    def hold(self, kept: Kept, seconds: float | None = None) -> Kept:
        """Let this count in this process for the next seconds."""
        self.last, self._until = kept, time.monotonic() + (self._seconds if seconds is None else seconds)
        return kept

    def forget(self) -> None:
        """Read anew in this process at the next question."""
        self._until = 0.0

    def changed(self) -> None:
        """Read anew everywhere: it has been changed and committed."""
        drop(self._name)
        self.forget()


_cache: list[Cache] = []
_gathered: ContextVar[list[Command] | None] = ContextVar("gathered", default=None)


def connect(url: str, timeout: float) -> Cache:
    """Make the process's cache. Nothing is connected until the first call."""
    _cache[:] = [Cache(url, timeout)]
    return _cache[0]


def surely(call: Callable[[Any], Asked]) -> Asked:
    """Ask Redis where a quiet miss would mislead. Raises Silent."""
    return _cache[0].surely(call)


def ask(*commands: Command) -> list[Any] | None:
    """Send commands in one round trip; return their answers, or None if Redis gives none."""
    return _cache[0].ask(*commands)


def tell(*commands: Command) -> bool:
    """Send commands whose answers nobody needs, with others if they are `gathered`. False if Redis is away."""
    return _cache[0].tell(*commands)


@contextmanager
def gathered() -> Iterator[None]:
    """Send all that Redis is told meanwhile in one round trip at the end, in its order."""
    commands: list[Command] = []
    token = _gathered.set(commands)
    try:
        yield
    finally:
        _gathered.reset(token)
        heard = True
        if any(command[0] == "DEL" for command in commands):
            heard = _cache[0].insist(*commands)
        elif commands:
            heard = ask(*commands) is not None
        if not heard:
            log.get().warning("Redis not told", commands=len(commands))


def get(key: str) -> Any:
    """Return what was put under the key, or None."""
    return _cache[0].get(key)


def count(key: str) -> None:
    """Add one to a number."""
    _cache[0].count(key)


def put(key: str, value: Any, seconds: int) -> None:
    """Keep a JSON value for `seconds`."""
    _cache[0].put(key, value, seconds)


def publish(channel: str, word: Any) -> None:
    """Send a JSON value to whoever listens right now."""
    _cache[0].publish(channel, word)


def drop(*keys: str) -> bool:
    """Forget keys. False if Redis did not hear of it."""
    return _cache[0].drop(*keys)


def outdate(*keys: str) -> None:
    """Invalidate keys, and also what somebody has read for them and not put there yet."""
    _cache[0].outdate(*keys)


def fill(key: str, before: bytes | None, value: bytes, seconds: int) -> None:
    """Keep bytes for `seconds`, but only if the key still holds what it held `before` they were read."""
    _cache[0].fill(key, before, value, seconds)


def keep(key: str, value: bytes, seconds: int) -> None:
    """Keep bytes for `seconds`."""
    _cache[0].keep(key, value, seconds)


def kept(key: str, seconds: int) -> bytes | None:
    """Return bytes, or None, and keep them for `seconds` from now on."""
    return _cache[0].kept(key, seconds)


def silent() -> bool:
    """Tell whether Redis has just failed to answer, without asking it."""
    return _cache[0].silent


def rankings(viewer_id: object) -> list[str]:
    """Return the names of what says which rankings are a person's newest ones: without them it is ranked anew."""
    return [f"ranked:{view}:{viewer_id}" for view in ("for_you", "explore")]


def missed() -> None:
    """Leave Redis alone for a while: somebody else got no answer from it."""
    _cache[0].missed()


def alive() -> bool:
    """Tell whether Redis answers."""
    return _cache[0].alive()


def line() -> redis.Redis:
    """Return a separate client for code that blocks on Redis and so needs other timeouts."""
    return _cache[0].open()


def client() -> redis.Redis:
    """Return the plain client (for the messenger of jobs)."""
    return _cache[0].client
