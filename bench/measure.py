"""Take the figures of one cell: what a scenario costs at so many clients, and where the time went."""

import contextlib
import gzip
import json
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from bench.load import Outcome, Task
from bench.scenarios import Scenario
from bench.site import Site
from embedded import paths
from embedded.process import EmbeddedError, Process

TICK = os.sysconf("SC_CLK_TCK")
WARM = 2.0  # seconds, or as long as a cell if that is shorter
REHEARSAL = 1.0  # seconds: a shorter cell only shows that everything works, so it is not repeated
NOISY = 0.3  # of one core, used by strangers: such a cell is repeated
TRIES = 3
CADDY_GZIP = 5  # the level that Caddy uses


@dataclass(frozen=True)
class Cell:
    """Figures of one scenario at one number of clients; CPU in ms per request, `load` and `others` in cores."""

    worker: str
    key: str
    title: str
    clients: int
    rate: float
    p50: float
    p95: float
    p99: float
    app: float
    db: float
    redis: float
    load: float
    others: float
    queries: float | None
    plain: float
    wire: float
    memory: float

    @property
    def cpu(self) -> float:
        """All that one request costs on the server, in ms."""
        return self.app + self.db + self.redis


def cell(site: Site, web: Process, worker: str, scenario: Scenario, clients: int, seconds: float) -> Cell:
    """Measure; again if others used the machine, and then keep the quietest."""
    best: Cell | None = None
    for _ in range(TRIES):
        found = _measure(site, web, worker, scenario, clients, seconds)
        if best is None or found.others < best.others:
            best = found
        if best.others <= NOISY or seconds < REHEARSAL:
            break
    assert best is not None
    return best


def _measure(site: Site, web: Process, worker: str, scenario: Scenario, clients: int, seconds: float) -> Cell:
    warm = min(WARM, seconds)
    requests = scenario.deal(clients, warm + seconds)
    servers = [web, site.process("postgres"), site.process("redis")]
    offset = web.log.stat().st_size
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=site.env,
        cwd=paths.PROJECT,
    ) as child:  # fmt: skip
        assert child.stdin
        assert child.stdout
        child.stdin.write(pickle.dumps(Task(site.address, requests, warm, seconds, scenario.again)))
        child.stdin.close()
        child.stdout.readline()
        before = [cpu(server) for server in servers], _busy()
        child.stdout.readline()
        after = [cpu(server) for server in servers], _busy()
        outcome = Outcome(**pickle.loads(child.stdout.read()))  # noqa: S301 (from our child)
    if outcome.errors or not outcome.latencies:
        kinds = ", ".join(sorted(set(outcome.errors))) or "no answer"
        raise EmbeddedError(f"{scenario.title}: {len(outcome.errors)} errors ({kinds}). The log: {web.log}")
    count, taken = len(outcome.latencies), sorted(outcome.latencies)
    spent = [end - start for start, end in zip(before[0], after[0], strict=True)]
    others = (after[1] - before[1] - sum(spent) - outcome.cpu) / outcome.seconds
    plain = fmean(map(len, outcome.bodies))
    wire = fmean(outcome.heads) + fmean(len(gzip.compress(body, CADDY_GZIP)) for body in outcome.bodies)
    return Cell(
        worker, scenario.key, scenario.title, clients, count / outcome.seconds,
        *(taken[int(share * (count - 1))] * 1000 for share in (0.5, 0.95, 0.99)),
        *(seconds * 1000 / count for seconds in spent),
        outcome.cpu / outcome.seconds, max(0.0, others), _queries(web.log, offset), plain, wire, memory(web),
    )  # fmt: skip


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


def _busy() -> float:
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


def _queries(log: Path, offset: int) -> float | None:
    """Return how many statements a request needs, by the last lines that the application logged in this cell."""
    with log.open("rb") as file:
        file.seek(max(offset, log.stat().st_size - 200_000))
        lines = file.read().split(b"\n")[1:]
    counts = [json.loads(line)["queries"] for line in lines if b'"event":"request"' in line and line.endswith(b"}")]
    return sum(counts) / len(counts) if counts else None
