"""`bin/run`: servers, tables, web, worker and cron under one command; Ctrl-C stops everything."""

import argparse
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from embedded import paths, s3, tables
from embedded.postgres import Postgres
from embedded.process import EmbeddedError, Process, shows, tail
from embedded.stack import Stack, advertised, authority
from embedded.supervisor import Supervisor, say

_DEMO = "tintype.demo"  # a mark in the cluster: the site has been filled
DRAIN = 8  # seconds that open requests may take when the web stops


class Interrupted(BaseException):
    """A signal asked us to stop. Not an Exception, so that nothing on the way takes it for a failure."""


class Run:
    """One run of the whole application over one data folder."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.stack = Stack(options.data, host=options.host)
        self.supervisor = Supervisor()
        self.bind = f"{authority(options.host)}:{options.port}"
        self.command = self.stack.data / "flask"
        self.base_url = os.environ.get("BASE_URL") or f"http://{authority(advertised(options.host))}:{options.port}"
        self.env: dict[str, str] = {}
        self.apps: list[Process] = []

    def __call__(self) -> None:
        """Start everything and stay until a signal comes; always stop everything."""
        self.stack.claim(self.base_url)
        try:
            check_port(self.options.host, self.options.port)
            self._start_servers()
            self._prepare_tables()
            self._start_apps()
            self._greet()
            self.supervisor.watch()
        finally:
            self._stop()

    def _start_servers(self) -> None:
        with step("Starting PostgreSQL, Redis and object storage"):
            self.stack.start()
        for service in self.stack.services:
            self.supervisor.adopt(service)
        self.env = os.environ | self.stack.env | {"BASE_URL": self.base_url, "PYTHONUNBUFFERED": "1"}
        self.env.setdefault("LOG_LEVEL", "INFO")
        self.env["PROMETHEUS_MULTIPROC_DIR"] = str(self._fresh_metrics())
        if not self.env.get("MAIL_URL"):
            self.env.setdefault("MAIL_FOLDER", str(self._mail_folder()))
        # A proxy of the system is for the outer world, not for our own servers.
        local = f"127.0.0.1,localhost,{advertised(self.options.host)}"
        for name in ("no_proxy", "NO_PROXY"):
            self.env[name] = f"{self.env[name]},{local}" if self.env.get(name) else local
        self._write_command()

    def _write_command(self) -> None:
        """Write a command beside the data: `flask --app wsgi` in the environment of this run, from any shell."""
        differing = {name: value for name, value in self.env.items() if os.environ.get(name) != value}
        lines = [f"export {name}={shlex.quote(value)}" for name, value in differing.items()]
        call = f'exec {shlex.quote(sys.executable)} -m flask --app wsgi "$@"'
        self.command.touch(mode=0o700)  # secrets stand in it
        self.command.write_text("\n".join(["#!/bin/sh", *lines, f"cd {shlex.quote(str(paths.PROJECT))}", call, ""]))

    def _fresh_metrics(self) -> Path:
        """Make an empty folder in which the processes add up their figures."""
        folder = self.stack.data / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def _mail_folder(self) -> Path:
        """Make the folder into which mails are written while no mail server is set."""
        folder = self.stack.data / "mail"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _prepare_tables(self) -> None:
        ours = next((service for service in self.stack.services if isinstance(service, Postgres)), None)
        if ours is None or not tables.settled(ours):
            self._migrate(ours)
        if self.options.demo and not (ours and (ours.cluster / _DEMO).exists()):
            self._finish("seed-demo", ["flask", "--app", "wsgi", "seed-demo"], loud=True)
            if ours:
                (ours.cluster / _DEMO).touch()

    def _migrate(self, ours: Postgres | None) -> None:
        if ours:
            tables.unsettle(ours)
        with step("Bringing the tables up to date"):
            self._finish("migrate", ["flask", "--app", "wsgi", "db", "upgrade"])
        if ours:
            tables.settle(ours)

    def _finish(self, name: str, module: list[str], *, loud: bool = False) -> None:
        """Run a command to its end. Raises EmbeddedError, with the end of its log unless it spoke aloud."""
        process = self._process(name, module, loud=loud)
        process.launch()
        try:
            code = process.wait()
        finally:
            process.stop()
        if code:
            words = " ".join(module)
            raise EmbeddedError(f"`{words}` failed.\n{'See above.' if loud else tail(process.log)}")

    def _start_apps(self) -> None:
        gunicorn = [
            *("gunicorn", "wsgi:app", "--bind", self.bind, "--workers", str(self.options.workers)),
            # Open pages hold a connection each: threads that are greenlets let one process carry thousands.
            *("--worker-class", "gevent", "--worker-connections", "4000", "--reuse-port", "--no-control-socket"),
            *("--graceful-timeout", str(DRAIN)),
        ]
        web = self._process("web", gunicorn)
        web.ready = self._healthy
        web.patience = DRAIN + 4
        self.apps = [web, self._process("worker", ["jobs.worker"]), self._process("cron", ["cron"])]
        with step("Starting the web"):
            self._launch(web)
            web.wait_ready()
        # Nobody waits for these two, and loading them beside it would hold the web up.
        for app in self.apps[1:]:
            self._launch(app)

    def _launch(self, app: Process) -> None:
        app.launch()
        self.supervisor.adopt(app)

    def _process(self, name: str, module: list[str], *, loud: bool = False) -> Process:
        # By module: scripts in the virtual environment name its old place once the project has moved.
        command = [sys.executable, "-m", *module]
        return Process(name, command, self.stack.data, env=self.env, cwd=paths.PROJECT, loud=loud)

    def _healthy(self) -> bool:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.options.host, self.options.host)  # compared # noqa: S104 # nosec B104
        return shows(host, self.options.port, "/healthz", timeout=2)

    def _greet(self) -> None:
        say(f"\n  Tintype is running:  {self.base_url}\n")
        if self.options.demo:
            say("  Sign in as           demo / demo-password")
            say("  or, to administer,   curator / curator-password\n")
        say(f"  Data                 {self.stack.data}")
        say(f"  Logs                 {self.stack.data / 'logs'}")
        if not self.env.get("MAIL_URL"):
            say(f"  Mail                 {self.env['MAIL_FOLDER']}  (each mail is a file there)")
        say(f"  Commands             {self.command} --help")
        say("\n  Ctrl-C stops everything.\n")

    def _stop(self) -> None:
        signals(signal.SIG_IGN)
        if self.apps or self.stack.services:
            say("Stopping …")
        # The web drains first, while what it needs still runs.
        self.supervisor.stop(self.apps)
        self.stack.stop()


class step:
    """Show what is being done and how long it took."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            say(f"{self.text}: {time.monotonic() - self.began:.1f} s")


def check_port(host: str, port: int) -> None:
    """Raise EmbeddedError, naming the next free port, when this one is taken."""
    if s3.is_free(host, port):
        return
    free = next((other for other in range(port + 1, port + 100) if s3.is_free(host, other)), None)
    hint = f" Try: bin/run --port {free}" if free else " Choose another with --port."
    raise EmbeddedError(f"Port {port} of {host} is taken or not allowed.{hint}")


def signals(handler: object) -> None:
    """Set what Ctrl-C, a stop and a closed terminal do; `nohup` stays in force."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if sig != signal.SIGHUP or signal.getsignal(sig) is not signal.SIG_IGN:
            signal.signal(sig, handler)  # type: ignore[arg-type]


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Leave whatever is being done, and stop."""
    raise Interrupted


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bin/run", description="Run Tintype with all that it needs.")
    parser.add_argument("--port", type=_number(1, 65535), default=8000, help="where the web listens (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 opens it to your network (127.0.0.1)")
    parser.add_argument("--data", type=Path, default=paths.PROJECT / ".data", help="where all data lies (.data)")
    parser.add_argument("--demo", action="store_true", help="fill an empty site with people and photos")
    parser.add_argument("--workers", type=_number(1, 64), default=2, help="web processes (2)")
    return parser.parse_args()


def _number(least: int, most: int) -> Callable[[str], int]:
    """Make what reads a number of the command line."""

    def read(word: str) -> int:
        if not word.isdecimal() or not least <= int(word) <= most:
            raise argparse.ArgumentTypeError(f"{word} is no number from {least} to {most}")
        return int(word)

    return read


def main() -> int:
    """Run until stopped; 0 after an orderly stop, 1 with a message when something failed."""
    chosen = options()
    signals(interrupt)
    try:
        Run(chosen)()
    except Interrupted:
        return 0
    except EmbeddedError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
