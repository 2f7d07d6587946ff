"""What the kernel says of a server: the CPU time and the memory of its processes."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from embedded.process import Process

TICK = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # it has just ended
                found += map(int, task.read_text().split())
    return found


def cpu(process: Process) -> float:
    """Return the CPU seconds of a server so far: its processes that live, and those that they have buried."""
    assert process.child is not None
    ticks = 0
    for pid in family(process.child.pid):
        try:
            # The name, in parentheses, may itself hold spaces and parentheses.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICK


def busy() -> float:
    """Return the CPU seconds of the whole machine so far, without idling and waiting."""
    whole = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, soft, *_ = map(int, whole)
    return (user + nice + system + irq + soft) / TICK


def memory(process: Process) -> float:
    """Return the memory of a server's processes in MB; what they share is counted once (PSS)."""
    assert process.child is not None
    return sum(share(pid) for pid in family(process.child.pid))


def share(pid: int) -> float:
    """Return one process's share of memory in MB (PSS); 0 if it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextlib.contextmanager
def watching(look: Callable[[], object], pause: float) -> Iterator[None]:
    """Look every `pause` seconds, in a thread of its own, while the block runs."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(pause):
            look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
