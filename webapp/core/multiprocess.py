"""One folder (`PROMETHEUS_MULTIPROC_DIR`) in which the processes of a machine add up their figures.

Each process writes files of its own, under a name made by chance: its number means nothing to another container.
It holds a lock as long as it lives, so that the kernel tells who is gone. The figures of those who are gone move into
one file of each kind: nothing piles up, whatever is deployed, and no counter goes back.
"""

import fcntl
import os
import secrets
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_KINDS = ("counter", "histogram")  # gauges of a process end with it
_GONE = "gone"  # under this name stand the figures of all who are gone
_BROKEN = (
    OSError,
    struct.error,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
)  # a file that its process did not finish
_TRIES, _PAUSE = 50, 0.02

_me: list[tuple[int, str, int]] = []  # of this process: its number, its name, what holds its lock


def begin() -> None:
    """Let this process count in the folder, if there is one. Before the first figure is made."""
    if folder() is not None:
        values.ValueClass = values.MultiProcessValue(name)
        settle()


def folder() -> Path | None:
    """Return the folder, None if this process counts for itself alone."""
    given = os.environ.get(VARIABLE)
    return Path(given) if given else None


def name() -> str:
    """Return this process's name; a forked child gets its own."""
    if not _me or _me[0][0] != os.getpid():
        _appear()
    return _me[0][1]


def _appear() -> None:
    place = folder()
    assert place is not None
    for _, _, inherited in _me:
        os.close(inherited)  # the parent's lock must end with the parent
    place.mkdir(parents=True, exist_ok=True)
    mine = secrets.token_hex(6)
    with _locked(place, fcntl.LOCK_SH):
        handle = os.open(place / f"{mine}.alive", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
    _me[:] = [(os.getpid(), mine, handle)]


@contextmanager
def _locked(place: Path, how: int) -> Iterator[bool]:
    """Hold the folder, shared or alone, while the block runs; False if others would not let go for a second."""
    handle = os.open(place / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        yield _take(handle, how, _TRIES)
    finally:
        os.close(handle)


def _take(handle: int, how: int, tries: int) -> bool:
    for left in range(tries, 0, -1):
        with suppress(BlockingIOError):
            fcntl.flock(handle, how | fcntl.LOCK_NB)
            return True
        if left > 1:
            time.sleep(_PAUSE)
    return False


def settle() -> None:
    """Add the figures of processes that are gone to those of all before them, and take their files away."""
    place = folder()
    if place is None or not place.is_dir() or not _gone(place):
        return
    with _locked(place, fcntl.LOCK_EX) as alone:
        gone = _gone(place) if alone else set()
        if not gone:
            return
        left = [path for path in place.glob("*.db") if path.stem.rpartition("_")[2] in gone]
        for kind in _KINDS:
            _add(place, kind, [path for path in left if path.name.startswith(f"{kind}_")])
        for path in [*left, *(place / f"{one}.alive" for one in gone)]:
            path.unlink(missing_ok=True)


def _gone(place: Path) -> set[str]:
    """Return the names of those who left files and hold no lock any more."""
    known = {path.stem for path in place.glob("*.alive")} | {
        path.stem.rpartition("_")[2] for path in place.glob("*.db")
    }
    own = {mine for pid, mine, _ in _me if pid == os.getpid()}
    return {one for one in known - own - {_GONE} if not _lives(place / f"{one}.alive")}


def _lives(lock: Path) -> bool:
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _take(handle, fcntl.LOCK_SH, 1)
    finally:
        os.close(handle)


def _add(place: Path, kind: str, files: list[Path]) -> None:
    """Write the sums anew beside the old ones, and put them in their place. Killed in between, it begins again."""
    if not files:
        return
    kept, made = place / f"{kind}_{_GONE}.db", place / f"{kind}_{_GONE}.new"
    sums: dict[str, float] = {}
    for path in [kept, *files]:
        with suppress(*_BROKEN):
            for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
                sums[key] = sums.get(key, 0.0) + value
    made.unlink(missing_ok=True)
    file = MmapedDict(str(made))
    for key, value in sums.items():
        file.write_value(key, value, 0.0)
    file.close()
    made.replace(kept)


def render() -> bytes:
    """Return the figures of all processes, in Prometheus' text format."""
    place = folder()
    assert place is not None
    settle()
    with _locked(place, fcntl.LOCK_SH):
        try:
            return _collected()
        except _BROKEN:  # a process that begins has made its file and not filled it yet
            time.sleep(_PAUSE)
            return _collected()


def _collected() -> bytes:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
