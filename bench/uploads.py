"""What the way of a photo costs: its decoding, and from `complete` to published, idle and behind many others."""

import http.client
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

import psycopg

from bench import decode
from bench.processes import cpu, memory, watching
from bench.site import Person, Site
from embedded import paths
from embedded.process import EmbeddedError, Process, wait_until

WAITING = 200  # photos, at full scale
_ALONE, _PEOPLE = 5, 20
_PATIENCE = 3.0  # seconds for a photo
_LOOK = 0.003  # seconds between two looks at the worker's memory


@dataclass(frozen=True)
class Found:
    """One photo's decoding (CPU seconds, seconds, MB); seconds until published; CPU seconds and MB of the worker."""

    size: int
    cpu: float
    seconds: float
    whole: float  # that a decoder has in memory at most, with what it shares with the process that it is forked from
    idle: float
    waiting: int
    behind: float
    worker: float  # for a photo, all told: fetching, decoding, storing, publishing
    rest: float  # MB of a worker that waits
    most: float  # of a worker that publishes a photo, with its decoder; what they share is counted once

    @property
    def rate(self) -> float:
        """Photos a second that a worker publishes on one core."""
        return 1 / self.worker

    @property
    def peak(self) -> float:
        """MB that publishing a photo takes at most beyond the worker, which runs anyway."""
        return self.most - self.rest


def measure(site: Site) -> Found:
    """Measure; the web must be served, and nothing else be waiting in the queue."""
    photo = decode.photo()
    said = subprocess.run(
        [sys.executable, "-P", "-m", "bench.decode"], input=photo, stdout=subprocess.PIPE, check=True, env=site.env,
        cwd=paths.PROJECT,
    )  # fmt: skip
    alone = json.loads(said.stdout)
    people = [site.with_token(person) for person in site.sign_in(range(min(_PEOPLE, site.community.size)))]
    waiting = max(3, round(WAITING * site.scale))
    with _worker(site) as worker, psycopg.connect(site.url, autocommit=True) as connection:
        way = _Way(site, connection, photo)
        way.walk(people[0])  # loads what is loaded once
        rest = memory(worker)
        idle = [way.walk(people[0]) for _ in range(_ALONE)]
        with watched(worker) as most:
            for _ in range(_ALONE):
                way.walk(people[0])
        before = cpu(worker)
        behind, posts = way.queue(people, waiting)
        way.wait(posts)
        spent = (cpu(worker) - before) / len(posts)
    return Found(**alone, idle=median(idle), waiting=waiting, behind=behind, worker=spent, rest=rest, most=most[0])


@contextmanager
def _worker(site: Site) -> Iterator[Process]:
    process = Process("worker", [sys.executable, "-P", "-m", "jobs.worker"], site.data, env=site.env, cwd=paths.PROJECT)
    try:
        process.start()
        yield process
    finally:
        process.stop()


@contextmanager
def watched(process: Process) -> Iterator[list[float]]:
    """Look every few milliseconds at a server's memory while the block runs; yields a list of the most MB so far."""
    most = [memory(process)]

    def look() -> None:
        most[0] = max(most[0], memory(process))

    with watching(look, _LOOK):
        yield most


@dataclass(frozen=True)
class _Way:
    """The steps of an upload, as a browser takes them."""

    site: Site
    connection: psycopg.Connection
    photo: bytes

    def walk(self, person: Person) -> float:
        """Share a photo; returns the seconds from `complete` until it is published."""
        media = self._send(person)
        began = time.perf_counter()
        self.wait([self._share(person, media)])
        return time.perf_counter() - began

    def queue(self, people: Sequence[Person], count: int) -> tuple[float, list[uuid.UUID]]:
        """Share so many photos at once and then one more; returns the seconds of that one, and all posts."""
        ready = [
            (people[number % len(people)], self._send(people[number % len(people)])) for number in range(count + 1)
        ]
        posts = [self._share(person, media) for person, media in ready[:-1]]
        began = time.perf_counter()
        posts.append(self._share(*ready[-1]))
        self.wait(posts[-1:], _PATIENCE * len(posts))
        return time.perf_counter() - began, posts

    def wait(self, posts: Sequence[uuid.UUID], seconds: float = 60) -> None:
        """Wait until these are published."""
        wanted = "SELECT count(*) FROM posts WHERE id = ANY(%s) AND status = 'published'"
        if not wait_until(lambda: self.connection.execute(wanted, [posts]).fetchone() == (len(posts),), seconds):
            raise EmbeddedError(f"Photos were not published in time. The logs: {self.site.data / 'logs'}")

    def _send(self, person: Person) -> str:
        """Send the bytes to storage; returns the photo's id."""
        asked = {"content_type": "image/jpeg", "size": len(self.photo), "purpose": "post"}
        begun = self.site.call("/api/v1/media/uploads", person, asked)
        target, address = begun["upload"], urlsplit(begun["upload"]["url"])
        line = http.client.HTTPConnection(address.netloc, timeout=30)
        try:
            line.request("PUT", f"{address.path}?{address.query}", self.photo, target["headers"])
            if (answer := line.getresponse()).status != 200:
                raise EmbeddedError(f"Object storage refused a photo: {answer.status}")
        finally:
            line.close()
        return str(begun["id"])

    def _share(self, person: Person, media: str) -> uuid.UUID:
        """Say that the bytes are there and make a post of them; returns its id."""
        self.site.call(f"/api/v1/media/uploads/{media}/complete", person, {})
        return uuid.UUID(self.site.call("/api/v1/posts", person, {"media_ids": [media]})["id"])
