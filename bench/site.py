"""The application served as in production, over its own servers, with people signed in."""

import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import redis

from bench import store
from bench.data import Community
from bench.everyday import Everyday
from bench.subjects import Subjects
from embedded import paths, postgres, s3
from embedded.process import EmbeddedError, Process, shows
from embedded.stack import Stack
from webapp.core import clock, crypto
from webapp.core.outbox import QUEUES

WORKERS = 2
CLASSES = {
    "sync": ("--worker-class", "sync"),
    "gevent": ("--worker-class", "gevent", "--worker-connections", "4000"),
}
# The data set is to lie in PostgreSQL's memory, as it would on a server of that size.
MEMORY = {"shared_buffers": "1GB", "effective_cache_size": "2GB"}
_SEEN = {"track_activity_query_size": "65536"}  # bytes of a statement that `hot` may see: all of it
_TOKEN = re.compile(rb'"csrf_token":"([^"]+)"')


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in: the cookies, and the token for writes."""

    id: uuid.UUID
    username: str
    cookie: str
    token: str = ""


def code() -> str:
    """Fingerprint what is measured: a run over files that change meanwhile would mix two applications."""
    digest = hashlib.sha256()
    for folder in ("webapp", "jobs", "embedded", "templates", "static", "bench"):
        for path in sorted((paths.PROJECT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(paths.PROJECT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


class Site:
    """The servers over the data folder, and what runs on them."""

    def __init__(self, data: Path, scale: float) -> None:
        self.data = data.resolve()
        self.scale = scale
        if not store.ours(self.data):
            raise EmbeddedError(f"{self.data} holds data of somebody else. Choose another folder with --data.")
        postgres.SETTINGS.update(MEMORY | _SEEN)
        # An empty environment: somebody's DATABASE_URL must not become the place where we empty tables.
        self.stack = Stack(self.data, environ={})
        self.community: Community
        self.everyday: Everyday
        self.subjects: Subjects
        self.env: dict[str, str] = {}
        self._served: dict[str, Process] = {}

    def __enter__(self) -> Self:
        self.stack.start()
        try:
            self._ports = s3.ports(self.data / "run", "127.0.0.1")
            self.env = self._environment()
            self._make()
            self.reset()
            store.warm(self.data / "postgres")
        except BaseException:
            self.stack.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.stop()

    @property
    def url(self) -> str:
        """Where PostgreSQL is, for psycopg, as the role that owns the tables: it empties some and cleans up."""
        return self.env["MIGRATION_DATABASE_URL"].replace("+psycopg", "", 1)

    def address(self, name: str = "web") -> tuple[str, int]:
        """Where the application listens, or, on the other port, what else is served."""
        return "127.0.0.1", self._ports[name != "web"]

    def process(self, name: str) -> Process:
        """Return one of the servers: postgres, redis, and what is served beside them."""
        return self._served.get(name) or next(service for service in self.stack.services if service.name == name)

    def reset(self) -> None:
        """Bring the rows back to what they were, and forget what Redis and the object storage hold."""
        store.tidy(self.url)
        for bucket in (self.data / "s3").iterdir():
            for path in bucket.iterdir():  # none of the community's photos has an object
                shutil.rmtree(path)
        redis.Redis.from_url(self.env["REDIS_URL"]).flushdb()

    def empty_queues(self) -> None:
        """Throw away the jobs that wait: nobody does them here, and a queue that is full takes no more."""
        with redis.Redis.from_url(self.env["REDIS_URL"]) as client:
            keys = list(client.scan_iter("rq:job:*", count=10_000))
            client.unlink(*(f"rq:queue:{name}" for name in QUEUES), *keys)

    def _environment(self) -> dict[str, str]:
        """Make the application's environment from nothing, so that no setting of the caller's slips in."""
        metrics = self.data / "run" / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir()
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            **self.stack.env,
            "PYTHONPATH": str(paths.PROJECT),
            "BASE_URL": "http://{}:{}".format(*self.address()),
            "COMPRESS": "false",  # as behind Caddy, which compresses
            "RATE_LIMIT_SCALE": "100000",  # limits are counted, and never reached
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }

    def _make(self) -> None:
        """Make the data set: all of it, or only what this folder lacks."""
        print(f"  Making people up, and what they do; the data lies in {self.data}", file=sys.stderr, flush=True)
        self.community = Community(self.scale)
        self.everyday = Everyday(self.community)
        self.subjects = Subjects(self.community)
        missing = store.missing(self.data, self.scale)
        if missing == list(store.LAYERS):
            store.keep(self.data, None)
            store.empty(self.url)
        self._migrate()
        if missing:
            store.keep(self.data, None)  # half of it is as good as none
            layers = {"community": self.community, "everyday": self.everyday, "subjects": self.subjects}
            store.fill(self.url, [table for name in missing for table in layers[name].tables()])
            store.keep(self.data, self.scale)

    def _migrate(self) -> None:
        subprocess.run(
            [sys.executable, "-P", "-m", "flask", "--app", "wsgi", "db", "upgrade"],
            env=self.env, cwd=paths.PROJECT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    @contextmanager
    def serve(self, worker_class: str, app: str, path: str, name: str = "web", **env: str) -> Iterator[Process]:
        """Run gunicorn until the block ends; `path` is asked until it answers."""
        host, port = self.address(name)
        command = [
            *(sys.executable, "-P", "-m", "gunicorn", app, "--bind", f"{host}:{port}"),
            *("--workers", str(WORKERS), *CLASSES[worker_class], "--reuse-port", "--no-control-socket"),
        ]
        process = Process(name, command, self.data, env=self.env | env, cwd=paths.PROJECT)
        process.log.unlink(missing_ok=True)
        process.ready = partial(shows, host, port, path, timeout=10)
        try:
            process.start()
            self._served[name] = process
            yield process
        finally:
            self._served.pop(name, None)
            process.stop()

    def ask(self, path: str, cookie: str = "") -> tuple[int, dict[str, str], bytes]:
        """Get one answer: status, headers, body."""
        connection = http.client.HTTPConnection(*self.address(), timeout=10)
        try:
            connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def call(self, path: str, person: Person, value: object) -> dict[str, Any]:
        """Send JSON in somebody's name; returns the answer's."""
        headers = {"Cookie": person.cookie, "X-CSRFToken": person.token, "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(*self.address(), timeout=10)
        try:
            connection.request("POST", path, json.dumps(value), headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise EmbeddedError(f"{path} was answered by {answer.status}: {body[:500].decode(errors='replace')}")
        found: dict[str, Any] = json.loads(body)
        return found

    def identity(self, number: int) -> tuple[uuid.UUID, str]:
        """Return the id and the name of a person: of the community, or, beyond its numbers, of the subjects."""
        first = self.subjects.first
        if number < first:
            return uuid.UUID(self.community.person_ids[number]), self.community.usernames[number]
        return uuid.UUID(self.subjects.person_ids[number - first]), self.subjects.usernames[number - first]

    def sign_in(self, numbers: Sequence[int]) -> list[Person]:
        """Open a session for each of these people, as `core/sessions.py` does."""
        people, rows, now = [], [], clock.now()
        for number in numbers:
            key, (person_id, name) = crypto.token(), self.identity(number)
            people.append(Person(person_id, name, f"tintype_session={key}"))
            rows.append((uuid.uuid4(), person_id, crypto.digest(key), now, now, now + timedelta(hours=24)))
        columns = "id, user_id, key_hash, created_at, last_seen_at, expires_at, stay, device, address"
        with psycopg.connect(self.url) as connection:
            connection.cursor().executemany(
                f"INSERT INTO sessions ({columns}) VALUES (%s, %s, %s, %s, %s, %s, false, 'bench', '127.0.0.1')",  # noqa: S608
                rows,
            )
        return people

    def with_token(self, person: Person) -> Person:
        """Fetch the form token of somebody's browser, and the cookie that belongs to it."""
        _, headers, body = self.ask("/api/v1/auth/csrf", person.cookie)
        found = _TOKEN.search(body)
        assert found is not None, body
        form = headers["Set-Cookie"].partition(";")[0]
        return Person(person.id, person.username, f"{person.cookie}; {form}", found[1].decode())
