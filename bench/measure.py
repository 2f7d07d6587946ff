"""Take the figures of one cell: what a scenario costs at so many clients, beside the floor, and where the time went.

How fast a machine computes may double from one minute to the next. So a cell is measured in slices, and between any
two of them, for as long, the floor is: both meet the same weather, and their ratio keeps still.
"""

import gzip
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from bench import floors
from bench.load import Outcome, Task
from bench.processes import busy, cpu, memory
from bench.scenarios import Scenario
from bench.site import Site
from embedded import paths
from embedded.process import EmbeddedError

WARM = 6.0  # seconds: both processes have seen most of the viewers then, on slow machines too
SLICE = 1.0  # seconds of a scenario between two slices of the floor
REHEARSAL = 1.0  # seconds: a shorter cell only shows that everything works, so it is not repeated
NOISY = 0.3  # of one core, used by strangers: such a cell is repeated
TRIES = 2
CADDY_GZIP = 5  # the level that Caddy uses


@dataclass(frozen=True)
class Cell:
    """Figures of one scenario at one number of clients; CPU in ms per request, `load` and `others` in cores."""

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
    floor: "Cell | None" = None  # between this cell's slices; it has none of its own

    @property
    def cpu(self) -> float:
        """All that one request costs on the server, in ms."""
        return self.app + self.db + self.redis

    @property
    def ratio(self) -> float | None:
        """The same as so many times the floor; None where that was too short to cost anything."""
        return self.cpu / self.floor.cpu if self.floor and self.floor.cpu else None

    @property
    def steady(self) -> float | None:
        """The same as so many times what the floor's Flask and Jinja cost, which no data changes."""
        return self.cpu / self.floor.app if self.floor and self.floor.app else None


def cell(site: Site, scenario: Scenario, clients: int, seconds: float) -> Cell:
    """Measure; again if others used the machine, and then keep the quietest; once more if an answer was an error.

    Raises EmbeddedError if it is one again.
    """
    best: Cell | None = None
    for left in reversed(range(TRIES)):
        try:
            found = _measure(site, scenario, clients, seconds)
        except EmbeddedError as error:
            if not left and best is None:
                raise
            print(f"  {error} Once more.", file=sys.stderr, flush=True)
            continue
        if best is None or found.others < best.others:
            best = found
        if best.others <= NOISY or seconds < REHEARSAL:
            break
    assert best is not None
    return best


def warm_up(seconds: float) -> float:
    """Return how many seconds come before a cell that takes so many."""
    return seconds if seconds < REHEARSAL else WARM


def turns(seconds: float) -> Iterator[tuple[int, float, bool]]:
    """Say whose turn it is (0: the floor, 1: the scenario), for how many seconds, and whether it counts."""
    warm, count = warm_up(seconds), max(1, round(seconds / SLICE))
    yield 0, min(warm / 4, SLICE), False
    yield 1, warm, False
    for _ in range(count):
        yield 0, seconds / count, True
        yield 1, seconds / count, True
    yield 0, seconds / count, True


class _Meter:
    """What the servers of one scenario have spent in its slices: CPU seconds of each, and those of the machine."""

    def __init__(self, site: Site, scenario: Scenario) -> None:
        self.servers = [site.process(name) for name in (scenario.server, "postgres", "redis")]
        self.spent = [0.0] * 4
        self.log = self.servers[0].log
        self.offset = self.log.stat().st_size

    def read(self) -> list[float]:
        """Read the clocks."""
        return [busy(), *map(cpu, self.servers)]

    def add(self, before: Sequence[float], after: Sequence[float]) -> None:
        """Count a slice."""
        self.spent = [so_far + end - start for so_far, start, end in zip(self.spent, before, after, strict=True)]


def _measure(site: Site, scenario: Scenario, clients: int, seconds: float) -> Cell:
    both = floors.page(site), scenario
    whole = sum(slice_ for number, slice_, _ in turns(seconds) if number)
    tasks = [Task(site.address(one.server), one.deal(clients, whole), one.again) for one in both]
    meters = [_Meter(site, one) for one in both]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=site.env,
        cwd=paths.PROJECT,
    ) as child:  # fmt: skip
        assert child.stdin
        assert child.stdout
        child.stdin.write(pickle.dumps(tasks))
        for number, slice_, counts in turns(seconds):
            site.empty_queues()
            before = meters[number].read()
            child.stdin.write(f"{number} {slice_} {counts}\n".encode())
            child.stdin.flush()
            child.stdout.readline()
            if counts:
                meters[number].add(before, meters[number].read())
        child.stdin.close()
        outcomes = [Outcome(**found) for found in pickle.loads(child.stdout.read())]  # noqa: S301 (from our child)
    floor, found = (
        _cell(one, clients, meter, outcome) for one, meter, outcome in zip(both, meters, outcomes, strict=True)
    )
    return replace(found, floor=floor, memory=memory(meters[1].servers[0]))


def _cell(scenario: Scenario, clients: int, meter: _Meter, outcome: Outcome) -> Cell:
    """Divide what was spent by what was answered."""
    if outcome.errors or not outcome.latencies:
        kinds = ", ".join(sorted(set(outcome.errors))) or "no answer"
        raise EmbeddedError(f"{scenario.title}: {len(outcome.errors)} errors ({kinds}). The log: {meter.log}")
    count, taken = len(outcome.latencies), sorted(outcome.latencies)
    machine, *spent = meter.spent
    others = (machine - sum(spent) - outcome.cpu) / outcome.seconds
    plain = fmean(map(len, outcome.bodies))
    wire = fmean(outcome.heads) + fmean(len(gzip.compress(body, CADDY_GZIP)) for body in outcome.bodies)
    return Cell(
        scenario.key, scenario.title, clients, count / outcome.seconds,
        *(taken[int(share * (count - 1))] * 1000 for share in (0.5, 0.95, 0.99)),
        *(seconds * 1000 / count for seconds in spent),
        outcome.cpu / outcome.seconds, max(0.0, others), _queries(meter.log, meter.offset), plain, wire, 0.0,
    )  # fmt: skip


def _queries(log: Path, offset: int) -> float | None:
    """Return how many statements a request needs, by the last lines that the application logged in this cell."""
    with log.open("rb") as file:
        file.seek(max(offset, log.stat().st_size - 200_000))
        lines = file.read().split(b"\n")[1:]
    counts = [json.loads(line)["queries"] for line in lines if b'"event":"request"' in line and line.endswith(b"}")]
    return sum(counts) / len(counts) if counts else None
