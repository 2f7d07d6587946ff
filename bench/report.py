"""Write the figures down: a table on the screen, and docs/benchmarks.md."""

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg
import redis

from bench import floors
from bench.measure import NOISY, TRIES, Cell
from bench.plans import Plan
from bench.site import MEMORY, WORKERS, Site
from bench.streams import Found

LIBRARIES = ("flask", "gunicorn", "jinja2", "psycopg", "sqlalchemy")
GOALS = {"queries": 6.0, "CPU-ms": 3.0, "p95 ms": 60.0}  # of a feed for somebody who follows a hundred
_RIGHT = "---:"


@dataclass(frozen=True)
class Run:
    """Everything that one run found."""

    site: Site
    seconds: float
    cells: list[Cell]
    plans: list[Plan]
    streams: list[Found]

    def floor(self, cell: Cell) -> float | None:
        """Return the CPU of the floor beside this cell: same workers, same number of clients."""
        found = (one for one in self.cells if one.key == floors.PAGE)
        return next((one.cpu for one in found if (one.worker, one.clients) == (cell.worker, cell.clients)), None)


_HEAD = (
    "operation", "clients", "req/s", "p50 ms", "p95 ms", "p99 ms", "CPU app", "CPU db", "CPU Redis", "CPU sum",
    "× floor", "queries", "bytes", "gzip", "memory MB", "load", "others",
)  # fmt: skip


def row(run: Run, cell: Cell) -> list[str]:
    """Write one cell."""
    floor = run.floor(cell)
    return [
        cell.title, str(cell.clients), f"{cell.rate:,.0f}", f"{cell.p50:.1f}", f"{cell.p95:.1f}", f"{cell.p99:.1f}",
        f"{cell.app:.2f}", f"{cell.db:.2f}", f"{cell.redis:.2f}", f"{cell.cpu:.2f}",
        f"{cell.cpu / floor:.2f}" if floor else "–", "–" if cell.queries is None else f"{cell.queries:.1f}",
        f"{cell.size:,.0f}", f"{cell.packed:,.0f}", f"{cell.memory:.0f}", f"{cell.load:.2f}", f"{cell.others:.2f}",
    ]  # fmt: skip


def line(run: Run, cell: Cell) -> str:
    """Write one cell for the screen, as soon as it is there."""
    values = row(run, cell)
    return f"  {cell.worker:8}{values[0]:30}" + "".join(f"{value:>10}" for value in values[1:])


def head() -> str:
    """Write what stands above the lines on the screen."""
    return f"  {'workers':8}{_HEAD[0]:30}" + "".join(f"{name:>10}" for name in _HEAD[1:])


def goals(run: Run) -> list[tuple[str, str, float, float]]:
    """Return what was promised and what was found: (workers, what, goal, found)."""
    found: list[tuple[str, str, float, float]] = []
    for cell in run.cells:
        if cell.key == "feed-100" and cell.clients > 1:
            values = {"queries": cell.queries or 0.0, "CPU-ms": cell.app + cell.db, "p95 ms": cell.p95}
            found += [(cell.worker, what, goal, values[what]) for what, goal in GOALS.items()]
    return found


def write(run: Run, path: Path) -> None:
    """Write the whole report."""
    workers = list(dict.fromkeys(cell.worker for cell in run.cells))
    parts = [
        f"# Benchmarks\n\nWritten by `bin/bench` on {datetime.now(UTC):%Y-%m-%d}. All numbers come from one run.\n",
        "## Machine and method\n",
        *(f"- {fact}" for fact in machine(run.site)),
        *(f"- {fact}" for fact in method(run)),
        "\n## Goals: a feed page for somebody who follows a hundred, at 16 clients\n",
        _table(("workers", "what", "at most", "found", ""), (_goal(*goal) for goal in goals(run)), 2),
    ]
    for worker in workers:
        rows = [row(run, cell) for cell in run.cells if cell.worker == worker]
        parts += [f"\n## gunicorn {worker}\n", _table(_HEAD, rows, 1)]
    parts += ["\n## Open pages\n", *map(open_pages, run.streams)]
    parts += ["\n## Statements\n", _STATEMENTS, _table(_PLAN_HEAD, map(_plan, run.plans), 0)]
    parts += ["\n## Once more\n", "```\nbin/bench\nbin/bench --scale 0.1 --only feed,like --seconds 3\n```"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts) + "\n")


def open_pages(found: Found) -> str:
    """Say what open pages cost."""
    return (
        f"{found.pages:,} pages with an idle stream of events, {WORKERS} gevent processes: {found.before:.0f} MB "
        f"without, {found.after:.0f} MB with them ({found.each:.0f} KB each); {found.idle:.3f} cores while nothing "
        f"happens. "
        f"The feed at 16 clients beside them: {found.beside.rate:,.0f} req/s, p95 {found.beside.p95:.0f} ms, "
        f"{found.beside.cpu:.2f} CPU-ms; without them {found.alone.rate:,.0f} req/s, p95 {found.alone.p95:.0f} ms, "
        f"{found.alone.cpu:.2f} CPU-ms."
    )


def _goal(worker: str, what: str, goal: float, found: float) -> list[str]:
    return [worker, what, f"{goal:g}", f"{found:.2f}", "met" if found <= goal else "missed"]


def machine(site: Site) -> Iterable[str]:
    """Say on what this was measured."""
    model = next(
        (one.split(":", 1)[1].strip() for one in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in one),
        platform.machine(),
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    cores = Path("/proc/cpuinfo").read_text().count("processor\t:")
    with psycopg.connect(site.url) as connection:
        server = connection.info.parameter_status("server_version")
    kept = redis.Redis.from_url(site.env["REDIS_URL"]).info()["redis_version"]
    kernel = platform.release().split("-")[0]
    yield f"Machine: {cores} cores ({model}), {memory:.0f} GiB, Linux {kernel}, shared by clients and servers."
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield f"Versions: Python {platform.python_version()}, PostgreSQL {server}, Redis {kept}, {libraries}."


def method(run: Run) -> Iterable[str]:
    """Say how this was measured."""
    made = run.site.community
    memory = ", ".join(f"`{name}={value}`" for name, value in MEMORY.items())
    yield (
        f"Data: {made.size:,} people, {sum(map(len, made.followings)):,} follows, {len(made.post_ids):,} posts, "
        f"{len(made.likes):,} likes, {len(made.comments):,} comments, made from one seed; followings and fame obey a "
        "power law. `mixed viewers` are a thousand of these people, the other feeds groups who follow exactly so many."
    )
    yield f"PostgreSQL: embedded, {memory}, fsync and synchronous_commit on. The data fits in memory."
    yield (
        f"Application: `gunicorn wsgi:app`, {WORKERS} workers, `--reuse-port`, all on: "
        "sessions, CSRF, rate limits counted in Redis, logs, metrics. Nobody compresses: in production Caddy does."
    )
    yield (
        f"Each cell: 2 s of warm-up, then {run.seconds:g} s by one process that sends prepared requests. sync closes "
        "every connection, gevent keeps it for 100 requests. An answer other than 2xx or 3xx ends the run."
    )
    yield (
        "`CPU`: ms a request, user and system, of all processes of gunicorn, PostgreSQL and Redis, from "
        "`/proc/<pid>/stat`. Compare these first: they depend least on what else the machine does."
    )
    yield (
        "`× floor`: CPU sum beside that of `Flask + SQL + Jinja`: a bare view, the feed's own statement, 20 plain "
        "cards, under the same workers and clients."
    )
    yield (
        "`queries`: mean of the application's log. `bytes`, `gzip` (level 5): mean body of the last 50 answers. "
        "`memory`: PSS of gunicorn."
    )
    yield (
        "`load`, `others`: cores that the load generator and everything else used; a cell with more than "
        f"{NOISY:g} of others is measured up to {TRIES} times and the quietest is kept."
    )


_STATEMENTS = (
    "Caught from the application, prepared as its connections do, run eight times, then explained for 20 viewers or\n"
    "posts: median and most. Pages are 8 KB, from memory. `generic`: PostgreSQL settled on one plan for all values.\n"
)
_PLAN_HEAD = ("statement", "ms", "most", "planning ms", "pages", "most", "plan", "read from end to end", "indexes")


def _plan(plan: Plan) -> list[str]:
    return [
        plan.title, f"{plan.ms[0]:.2f}", f"{plan.ms[1]:.2f}", f"{plan.planning:.2f}", f"{plan.pages[0]:,.0f}",
        f"{plan.pages[1]:,.0f}", "generic" if plan.generic else "custom", ", ".join(plan.scanned) or "–",
        ", ".join(plan.indexes),
    ]  # fmt: skip


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], words: int) -> str:
    """Write a table; all columns but the first `words` and the wordy last ones of plans are numbers."""
    marks = [_RIGHT if name and name not in _WORDY and place >= words else "---" for place, name in enumerate(head)]
    lines = [head, marks, *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


_WORDY = {"statement", "plan", "read from end to end", "indexes", "workers", "what", "operation"}
