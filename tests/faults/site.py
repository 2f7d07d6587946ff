"""A whole site whose parts can be broken one by one: proxies before its servers, every process within reach.

Web, worker and cron are started as docs/operations.md starts them, and started again when they die, as systemd or
Docker would. Servers (PostgreSQL, Redis, S3) are started again by the test alone.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from embedded import postgres, supervisor, tables
from embedded.process import Process
from embedded.stack import Stack
from tests import whole
from tests.faults.proxy import Proxy

GUNICORN = (
    "gunicorn", "wsgi:app", "--worker-class", "gevent", "--workers", "2", "--worker-connections", "4000",
    "--graceful-timeout", "25", "--no-control-socket",
)  # fmt: skip


def until(true: Callable[[], Any], seconds: float, what: str) -> float:
    """Wait until something is so; returns how long it took. AssertionError, naming it, when the time is up."""
    began = time.monotonic()
    while not true():
        waited = time.monotonic() - began
        assert waited < seconds, f"after {seconds:.0f} s still not: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


class Breakable(whole.Site):
    """A site over one data folder, with a proxy before each server.

    `database`, `redis`, `store` are the proxies; `servers` the processes behind them (postgres, redis, s3, media) and
    `apps` those of the site itself (web, worker, cron), by name. `settings` are environment variables for all apps.
    With `sockets=True` the site reaches PostgreSQL through its unix socket, past the proxy.
    """

    def __init__(self, data: Path, *, over_socket: bool = False, **settings: str):
        super().__init__(data, **settings)
        self.over_socket = over_socket
        self.stack = Stack(
            data, environ={name: self.environ[name] for name in ("PATH", "HOME") if name in self.environ}
        )
        self.servers: dict[str, Process] = {}
        self.apps: dict[str, Process] = {}
        self._end = contextlib.ExitStack()
        self._supervisor = supervisor.Supervisor()
        self._leaving = threading.Event()

    def start(self) -> "Breakable":
        """Start everything; stops it all again if something does not start."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        self.stack.start()
        self._end.callback(self.stack.stop)
        self.servers = {service.name: service for service in self.stack.services}
        self._place_proxies()
        if not tables.settled(self.servers["postgres"]):
            self.run("flask", "--app", "wsgi", "db", "upgrade")
        self.apps = {
            "web": self._process("web", [*GUNICORN, "--bind", f"127.0.0.1:{self.port}"]),
            "worker": self._process("worker", ["jobs.worker"]),
            "cron": self._process("cron", ["cron"]),
        }
        self._end.callback(self._stop_apps)
        for app in self.apps.values():
            app.launch()
            self._supervisor.adopt(app)
        threading.Thread(target=self._watch, name="supervisor", daemon=True).start()
        until(self.healthy, 60, "the web answers")

    def stop(self) -> None:
        """Stop everything, in order."""
        self._end.close()

    def _place_proxies(self) -> None:
        s3 = urlsplit(self.stack.env["S3_ENDPOINT_URL"])
        sockets = self.sockets()
        self.database = self._end.enter_context(Proxy(f"{sockets}/.s.PGSQL.{postgres.PORT}"))
        self.redis_proxy = self._end.enter_context(Proxy(self.redis()))
        self.store = self._end.enter_context(Proxy((s3.hostname or "", s3.port or 0)))
        self.environ |= self.stack.env | {
            "BASE_URL": self.url,
            "REDIS_URL": f"redis://{self.redis_proxy.address}/0",
            "S3_ENDPOINT_URL": f"http://{self.store.address}",
            "MAIL_FOLDER": str(self.data / "mail"),
            "PROMETHEUS_MULTIPROC_DIR": str(self.data / "metrics"),
            "LOG_LEVEL": "INFO",
            "PYTHONUNBUFFERED": "1",
        }
        if not self.over_socket:
            self.environ["DATABASE_URL"] = (
                f"postgresql+psycopg://{postgres.APP}@{self.database.address}/{postgres.NAME}"
            )
        for name in ("mail", "metrics"):
            (self.data / name).mkdir()

    def _process(self, name: str, module: list[str]) -> Process:
        command = [sys.executable, "-m", *module]
        return Process(name, command, self.data, env=self.environ, cwd=whole.ROOT, patience=30)

    def _watch(self) -> None:
        """Start again what died: a second later, as the supervisor of `bin/run` does."""
        while not self._leaving.wait(0.05):
            self._supervisor.look()

    def _stop_apps(self) -> None:
        self._leaving.set()
        for app in self.apps.values():
            app.stop()

    def run(self, *module: str, check: bool = True, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the site to its end."""
        done = subprocess.run(
            [sys.executable, "-m", *module], cwd=whole.ROOT, env=self.environ | environ, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def pid(self, name: str) -> int:
        """Return the number of a process of the site, 0 while it is not running."""
        child = self.apps[name].child
        return child.pid if child is not None else 0

    def healthy(self) -> bool:
        """Tell whether the web process lives."""
        with contextlib.suppress(whole.requests.RequestException):
            return whole.requests.get(f"{self.url}/healthz", timeout=2).ok
        return False

    def log(self, name: str) -> str:
        """Return what a process has logged so far."""
        return self.apps[name].log.read_text(errors="replace")

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database directly, past the proxy, as the owner of the tables."""
        with psycopg.connect(
            host=self.sockets(), port=postgres.PORT, dbname=postgres.NAME, user=postgres.NAME, autocommit=True
        ) as connection:
            found = connection.execute(statement, values or None)
            return found.fetchall() if found.description else []

    @contextlib.contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Stop a server with all of its processes in the midst of what they do (SIGSTOP), and let them go on."""
        root = self.servers[name].child.pid
        stopped: list[int] = []
        try:
            # the parent first, so that no child is born behind our back
            for pid in (root, *descendants(root)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
                    stopped.append(pid)
            yield
        finally:
            for pid in reversed(stopped):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def replace(self, name: str, **environ: str) -> None:
        """Stop a process of the site and start it with these further variables, without anybody between."""
        app = self.apps[name]
        self._supervisor.stop([app])
        app.env = self.environ | environ
        app.launch()
        self._supervisor.adopt(app)
        until(self.healthy, 60, "the web answers")

    def restart(self, name: str, how: signal.Signals | None = None) -> None:
        """Stop a server by a signal (PostgreSQL: SIGINT is fast, SIGQUIT immediate) and start it again."""
        server = self.servers[name]
        server.child.send_signal(how or server.stop_signal)
        server.child.wait(30)
        server.stop()
        server.start()


def descendants(pid: int) -> list[int]:
    """Return the processes below a process, children before grandchildren."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = sorted(parents.get(waiting.pop(0), []))
        found += below
        waiting += below
    return found
