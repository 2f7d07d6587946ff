"""A child process with its log file, its readiness, and an orderly end."""
# ruff: noqa: S603 (every command is built by this package)

import contextlib
import ctypes
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10_000_000  # bytes; a larger log is moved aside at the next start
POLL = 0.02  # seconds

# Loaded here, because a forked child should do as little as possible before exec.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class EmbeddedError(Exception):
    """Something that a person must read; its text says what happened and what to do next."""


@dataclass
class Process:
    """One child: launch, wait until ready, stop. It ends with the thread that starts it: use the main one."""

    name: str
    command: list[str]
    data: Path  # the log is <data>/logs/<name>.log, the pid <data>/run/<name>.pid
    ready: Callable[[], bool] = lambda: True
    env: Mapping[str, str] | None = field(default=None, repr=False)  # holds secrets
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0  # seconds between asking it to stop and killing it
    limit: float = 120.0  # seconds it may take to be ready: a machine may be slow, and busy
    loud: bool = False  # speaks to the terminal instead of its log
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.data / "logs" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Where the next run finds what a killed run left behind."""
        return self.data / "run" / f"{self.name}.pid"

    def start(self) -> None:
        """Launch and wait until ready."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Spawn the child in its own group: Ctrl-C reaches us alone, and the order of stopping is ours."""
        self.end_leftover()
        _rotate(self.log)
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(  # nosec B603
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=None if self.loud else log,
                stderr=None if self.loud else subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),
            )
        self.pid_file.write_text(f"{self.child.pid} {_started_at(self.child.pid)}")

    def wait_ready(self) -> None:
        """Wait until `ready`. Raises EmbeddedError with the end of the log when it dies or takes too long."""
        deadline = time.monotonic() + self.limit
        while not self.ready():
            if not self.running:
                raise EmbeddedError(f"{self.name} stopped while starting.\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.name} was not ready after {self.limit:.0f} s.\n{tail(self.log)}")
            time.sleep(POLL)

    def wait(self) -> int:
        """Wait for the end of the child and give its exit code."""
        assert self.child is not None
        return self.child.wait()

    @property
    def running(self) -> bool:
        """Whether the child lives."""
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """Ask the child to stop, wait, then kill what is left of its group."""
        if self.child is None:
            return
        if self.running:
            self.child.send_signal(self.stop_signal)
        try:
            self.child.wait(self.patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
        _kill_group(self.child.pid)
        self.child.wait()
        self.child = None
        self.pid_file.unlink(missing_ok=True)

    def end_leftover(self) -> None:
        """End the child of an earlier run that was killed, if it still lives."""
        try:
            pid, started = (int(word) for word in self.pid_file.read_text().split())
        except (OSError, ValueError):
            return
        # The start time tells our child from a stranger that got its number later.
        if started and _started_at(pid) == started:
            os.kill(pid, self.stop_signal)
            if not wait_until(lambda: _started_at(pid) != started, self.patience):
                _kill_group(pid)
                wait_until(lambda: _started_at(pid) != started, self.patience)
        self.pid_file.unlink(missing_ok=True)


def die_with_parent(sig: signal.Signals) -> Callable[[], None]:
    """Make a `preexec_fn` with which the kernel sends `sig` to the child when we die, even by SIGKILL."""
    parent = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(sig))
            if os.getppid() != parent:  # we died in between
                os._exit(1)

    return prepare


def shows(host: str, port: int, path: str, timeout: float) -> bool:
    """Tell whether a web server shows a page (200)."""
    ask = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        ask.request("GET", path)
        return ask.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        ask.close()


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Wait until `true()`, at most `seconds`; tell whether it came true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


def tail(log: Path, lines: int = 12) -> str:
    """Give the end of a log, indented, with its path."""
    last = log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
    return "\n".join([*(f"    {line}" for line in last), f"The whole log: {log}"])


def _started_at(pid: int) -> int:
    """Give the start time of a process in clock ticks since boot, 0 if it is gone or a zombie."""
    try:
        # The name, in parentheses, may itself hold spaces and parentheses.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] == "Z" else int(fields[19])


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
