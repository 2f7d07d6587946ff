"""What a process may do that works on strangers' bytes: little, for a short time, as nobody.

`confine` is called in the child, after the fork: by the decoder of photos (`sandbox.py`), which goes on as it is, and
by `run`, which starts a program: the way in which a tool such as ffmpeg is used.
"""

import os
import resource
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_NOBODY = 65534
_MEGABYTE = 1024 * 1024
_CHUNK = 1 << 16
_BARE = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}  # no secret of ours


class Exceeded(Exception):
    """It took more than it may have, or died of it."""


class Killed(RuntimeError):
    """Somebody else killed it: a shortage of memory, an operator. No reason to blame the file."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of time (and of processor), megabytes of address space; processes and open files (None: any), bytes."""

    seconds: float
    megabytes: int
    processes: int | None = 0
    files: int | None = 0
    file_bytes: int = 0


def confine(limits: Limits, *, born_with: int = 0) -> None:
    """Limit this process for good. `born_with` bytes of address space come on top of its own."""
    os.setsid()
    _heed_signals(limits.seconds)
    seconds = int(limits.seconds) + 1
    _bound(resource.RLIMIT_CPU, seconds, seconds + 1)  # the soft one first: it says why
    _bound(resource.RLIMIT_AS, born_with + limits.megabytes * _MEGABYTE)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, limits.file_bytes)
    if limits.files is not None:
        _bound(resource.RLIMIT_NOFILE, limits.files)
    if limits.processes is not None:
        _bound(resource.RLIMIT_NPROC, limits.processes)


def _heed_signals(seconds: float) -> None:
    """Leave Ctrl-C and shutdown to the parent, which kills us; the alarm is for a parent that was killed itself."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + 1)


def _bound(kind: int, soft: int, hard: int | None = None) -> None:
    most = resource.getrlimit(kind)[1]
    wanted = (soft, soft if hard is None else hard)
    low, high = (value if most == resource.RLIM_INFINITY else min(value, most) for value in wanted)
    resource.setrlimit(kind, (low, high))


def become_nobody() -> None:
    """Drop root, where that can be done."""
    if os.geteuid() == 0:
        with suppress(PermissionError):  # root of a container may have been denied even this
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def end(child: int) -> None:
    """Kill a child and what it may have started."""
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def collect(reading: int, until: float, most: int) -> bytes:
    """Read all that a child sends until it closes the pipe, up to a moment of the monotonic clock."""
    parts: list[bytes] = []
    size = 0
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            raise Exceeded("time")
        part = os.read(reading, _CHUNK)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > most:
            raise Exceeded("output")


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder in which a confined program reads and writes; it goes with all that is in it."""
    with tempfile.TemporaryDirectory(prefix="tintype-") as name:
        if os.geteuid() == 0:
            os.chown(name, _NOBODY, _NOBODY)
        yield Path(name)


def run(command: Sequence[str], limits: Limits, *, at: Path, most: int = _MEGABYTE) -> bytes:
    """Run a program in a folder (see `folder`) and return what it says on standard output, at most `most` bytes.

    Exceeded if it wants more than `limits`, crashes or reports a failure; Killed if somebody else killed it.
    """
    until = time.monotonic() + limits.seconds
    with subprocess.Popen(  # noqa: S603 (the command is ours, what it works on is not)
        list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=at,
        env={**_BARE, "HOME": str(at)}, preexec_fn=partial(_prepare, limits),
    ) as child:  # fmt: skip
        try:
            assert child.stdout is not None
            said = collect(child.stdout.fileno(), until, most)
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise Exceeded("time") from error
        finally:
            ended = child.poll()
            end(child.pid)
    if ended is not None and ended == -signal.SIGKILL:
        raise Killed("a program was killed")
    if ended != 0:
        raise Exceeded(f"exit {ended}")
    return said


def _prepare(limits: Limits) -> None:
    confine(limits)
    become_nobody()
