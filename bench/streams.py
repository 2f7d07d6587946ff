"""What open pages cost: so many idle streams of events, then the feed while they are open."""

import resource
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.measure import Cell, cell
from bench.processes import cpu, memory
from bench.scenarios import Scenario
from bench.site import Person, Site
from embedded.process import EmbeddedError

PAGES, PEOPLE = 2000, 500
# Long enough for a sign of life to all of them, and a look at their sessions; or five times a cell if that is less.
IDLE = 30.0  # seconds
_HELLO = "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {}\r\nAccept: text/event-stream\r\n\r\n"


@dataclass(frozen=True)
class Found:
    """What was found: memory in MB, CPU in cores, the feed with nobody and with everybody there."""

    pages: int
    before: float
    after: float
    idle: float
    alone: Cell
    beside: Cell

    @property
    def each(self) -> float:
        """KB of memory for a page."""
        return (self.after - self.before) * 1024 / self.pages


def measure(site: Site, feed: Scenario, seconds: float) -> Found:
    """Open the pages, let them lie, and ask for feeds beside them."""
    web = site.process("web")
    alone = cell(site, feed, 16, seconds)
    before = memory(web)
    people = site.sign_in(range(min(PEOPLE, site.community.size)))
    pages = PAGES * len(people) // PEOPLE
    with _open(site, people, pages) as alive:
        time.sleep(2)
        start, began = cpu(web), time.monotonic()
        time.sleep(min(IDLE, 5 * seconds))
        idle = (cpu(web) - start) / (time.monotonic() - began)
        after = memory(web)
        beside = cell(site, feed, 16, seconds)
        if (left := alive()) != pages:
            raise EmbeddedError(f"Of {pages} open pages {left} were left. The log: {web.log}")
    return Found(pages, before, after, idle, alone, beside)


@contextmanager
def _open(site: Site, people: Sequence[Person], pages: int) -> Iterator[Callable[[], int]]:
    """Open the streams, and yield a function that counts those that still live."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    lines: list[socket.socket] = []
    try:
        for number in range(pages):
            line = socket.create_connection(site.address(), timeout=10)
            line.sendall(_HELLO.format(people[number % len(people)].cookie).encode())
            if not line.recv(4096).startswith(b"HTTP/1.1 200"):
                raise EmbeddedError(f"Stream {number} was refused.")
            lines.append(line)
        yield lambda: _alive(lines)
    finally:
        for line in lines:
            line.close()


def _alive(lines: list[socket.socket]) -> int:
    """Read what has come; a line that ended says so by an empty answer."""
    alive = len(lines)
    with selectors.DefaultSelector() as selector:
        for line in lines:
            line.setblocking(False)
            selector.register(line, selectors.EVENT_READ)
        for key, _ in selector.select(0):
            alive -= not key.fileobj.recv(65536)  # type: ignore[union-attr]
    return alive
