"""Write the figures down: a table on the screen, and docs/benchmarks.md."""

import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg
import redis

from bench import goals, hot
from bench.goals import Goal
from bench.growth import Step, Whole, jumps, times
from bench.hot import Hot
from bench.measure import CADDY_GZIP, NOISY, SLICE, TRIES, Cell, warm_up
from bench.plans import Plan
from bench.run import Run
from bench.site import MEMORY, WORKERS, Site
from bench.startup import Found as Start
from bench.streams import Found
from bench.uploads import Found as Uploads

LIBRARIES = ("flask", "gunicorn", "jinja2", "psycopg", "sqlalchemy")
_RIGHT = "---:"


_HEAD = (
    "operation", "clients", "req/s", "p50 ms", "p95 ms", "p99 ms", "CPU app", "CPU db", "CPU Redis", "CPU sum",
    "floor", "× floor", "queries", "bytes", "wire", "memory MB", "load", "others",
)  # fmt: skip


def row(cell: Cell) -> list[str]:
    """Write one cell."""
    return [
        cell.title, str(cell.clients), f"{cell.rate:,.0f}", f"{cell.p50:.1f}", f"{cell.p95:.1f}", f"{cell.p99:.1f}",
        f"{cell.app:.2f}", f"{cell.db:.2f}", f"{cell.redis:.2f}", f"{cell.cpu:.2f}",
        f"{cell.floor.cpu:.2f}" if cell.floor else "–", _times(cell.ratio), _queries(cell),
        f"{cell.plain:,.0f}", f"{cell.wire:,.0f}", f"{cell.memory:.0f}", f"{cell.load:.2f}", f"{cell.others:.2f}",
    ]  # fmt: skip


def line(cell: Cell) -> str:
    """Write one cell for the screen, as soon as it is there."""
    values = row(cell)
    return f"  {values[0]:38}" + "".join(f"{value:>11}" for value in values[1:])


def head() -> str:
    """Write what stands above the lines on the screen."""
    return f"  {_HEAD[0]:38}" + "".join(f"{name:>11}" for name in _HEAD[1:])


def write(run: Run, path: Path) -> None:
    """Write the whole report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(_sections(run)) + "\n")


def _sections(run: Run) -> Iterator[str]:
    yield f"# Benchmarks\n\nWritten by `bin/bench` on {datetime.now(UTC):%Y-%m-%d}. All numbers come from one run.\n"
    yield "## Machine and method\n"
    yield from (f"- {fact}" for fact in (*machine(run.site), *method(run)))
    yield f"\n## Goals, at {run.asked.clients[-1]} clients\n"
    yield _table(("what", "", "at most", "found", ""), map(_goal, goals.reached(run)), 2)
    if run.cells:
        yield f"\n## Operations\n\n{_table(_HEAD, map(row, run.cells), 1)}"
    if run.streams:
        yield from ("\n## Open pages\n", *map(open_pages, run.streams))
    if run.uploads:
        yield f"\n## The way of a photo\n\n{photos(run.uploads)}"
    if run.start:
        yield f"\n## Start\n\n{start(run.start)}"
    if run.steps or run.whole:
        yield from (f"\n## Growth, at {run.asked.clients[-1]} clients\n", _GROWTH, *growing(run))
    if run.plans:
        yield "\n## Statements\n"
        if run.hot:
            yield from (_HOTTEST, _table(_HOT_HEAD, map(_hot, run.hot), 1) + "\n")
        yield from (_STATEMENTS, _table(_PLAN_HEAD, map(_plan, run.plans), 0))
    yield "\n## Once more\n\n```\nbin/bench --help\nbin/bench\nbin/bench --only feed,like --seconds 3\n```"


def summary(run: Run) -> Iterator[str]:
    """Say on the screen what stands in no row of the operations."""
    yield from map(open_pages, run.streams)
    if run.uploads:
        yield photos(run.uploads)
    if run.start:
        yield start(run.start)
    if run.steps or run.whole:
        yield from "\n".join(growing(run)).split("\n")


def photos(found: Uploads) -> str:
    """Say what the way of a photo costs."""
    return (
        f"A JPEG of 12 megapixels ({found.size / 1e6:.1f} MB) into all variants: {found.cpu:.2f} CPU-s, "
        f"{found.seconds:.2f} s. A worker that waits has {found.rest:.0f} MB, one that publishes it, with its decoder, "
        f"at most {found.most:.0f} MB (PSS): a photo takes {found.peak:.0f} MB. Resident in the decoder are "
        f"{found.whole:.0f} MB, with what it shares with the process that it is forked from. "
        f"From `complete` to published: {found.idle:.2f} s idle, {found.behind:.0f} s behind {found.waiting} others. "
        f"All told a photo costs its worker {found.worker:.2f} CPU-s: {found.rate:.1f} photos a second and core."
    )


def start(found: Start) -> str:
    """Say what a start costs."""
    parts = ", ".join(f"{name} {size:.0f}" for name, size in found.memory.items())
    return (
        f"`import wsgi`: {found.imports:.2f} s. `bin/run` to the first page: {found.first:.1f} s into an empty folder, "
        f"{found.second:.1f} s the second time. Memory (PSS) of everything that runs then, with {WORKERS} web "
        f"processes: {found.stack:.0f} MB ({parts})."
    )


def growing(run: Run) -> Iterator[str]:
    """Say how costs grow with the whole site, and with one number at a time."""
    head = ("operation", "CPU-ms at a tenth", "CPU-ms", "×", "queries at a tenth", "queries")
    if run.whole:
        yield _table(head, map(_whole, run.whole), 1) + "\n"
    if run.steps:
        yield _table(("operation", "of", "size", "CPU-ms", "×", "queries", "p50 ms"), map(_step, jumps(run.steps)), 2)


def _whole(whole: Whole) -> list[str]:
    small, full = whole.tenth, whole.full
    return [
        full.title, f"{small.cpu:.2f}", f"{full.cpu:.2f}", _times(times(small, full)), _queries(small),
        _queries(full),
    ]  # fmt: skip


def _step(jump: tuple[Step, float | None]) -> list[str]:
    step, grown = jump
    cell = step.cell
    return [
        step.title, step.number, f"{step.size:,}", f"{cell.cpu:.2f}", _times(grown),
        _queries(cell), f"{cell.p50:.1f}",
    ]  # fmt: skip


def _times(grown: float | None) -> str:
    return "–" if grown is None else f"{grown:.2f}"


def _queries(cell: Cell) -> str:
    return "–" if cell.queries is None else f"{cell.queries:.1f}"


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


def _goal(goal: Goal) -> list[str]:
    return [goal.what, goal.unit, f"{goal.most:g}", f"{goal.found:.2f}", goal.verdict]


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
    made, daily, worker, seconds = run.site.community, run.site.everyday, run.asked.workers, run.asked.seconds
    said, stories = sum(talk.count for talk in daily.talks), len(daily.told)
    memory = ", ".join(f"`{name}={value}`" for name, value in MEMORY.items())
    yield (
        f"Data: {made.size:,} people, {sum(map(len, made.followings)):,} follows, {len(made.post_ids):,} posts, "
        f"{len(made.likes):,} likes, {len(made.comments):,} comments, made from one seed; followings and fame obey a "
        f"power law. To these come {stories:,} stories, {len(daily.talks):,} conversations, {said:,} messages, "
        f"notifications, {len(run.site.subjects.private):,} private accounts, and posts and "
        "conversations of exact sizes."
    )
    yield (
        f"Viewers: {len(made.viewers):,} of these people, all signed in, ask for everything (`mixed viewers`); the "
        "feeds of so many followings belong to groups who follow exactly so many, that of private accounts to people "
        "who follow nobody else: their photos' addresses are signed."
    )
    yield f"PostgreSQL: embedded, {memory}, fsync and synchronous_commit on. The data fits in memory."
    yield (
        f"Application: `gunicorn wsgi:app`, {WORKERS} {worker} workers, `--reuse-port`; all "
        "on: sessions, CSRF, rate limits counted in Redis, logs, metrics. Nobody compresses: in production Caddy does."
    )
    yield (
        f"Each cell: {warm_up(seconds):g} s of warm-up, then {seconds:g} s in slices of {min(SLICE, seconds):g} s, "
        "by one process that sends prepared requests, at most 100 over a connection (sync closes each). An answer "
        "other than 2xx or 3xx costs the cell, the second time the run."
    )
    yield (
        "`CPU`: ms a request, user and system, of all processes of gunicorn, PostgreSQL and Redis, from "
        "`/proc/<pid>/stat`."
    )
    yield (
        "`floor`: CPU sum of `Flask + SQL + Jinja` (a bare view, the feed's own statement, 20 plain cards, connections "
        "that are kept), under the same workers and clients, measured before, between and after the slices of the "
        "cell, as long as these: the machine's speed changes from minute to minute, and both meet the same. "
        "`× floor` is their ratio: compare by it."
    )
    yield (
        "`queries`: mean of the application's log. `bytes`: mean body of the last 50 answers; `wire`: the same "
        f"by gzip (level {CADDY_GZIP}, as Caddy), with its head. `memory`: PSS of gunicorn."
    )
    yield (
        "`load`, `others`: cores that the load generator and everything else used; a cell with more than "
        f"{NOISY:g} of others is measured up to {TRIES} times and the quietest is kept."
    )
    yield (
        "The way of a photo: one JPEG, drawn from a seed; its decoding as the worker does it, in a confined child; "
        f"then {WORKERS} web processes and one worker, asked as a browser does, until the post's row says published. "
        f"{_PEAK}"
    )


_PEAK = (
    "The decoder's peak of memory: PSS of the worker's processes at most (looked at every 3 ms, while five photos "
    "are published one by one) less that of the worker when it waits after its first photo. The bytes that "
    "arrived, the decoder's own pages, its answer and what storing takes are in it; the interpreter and the "
    "libraries, which a forked decoder shares with the worker that runs anyway, are not."
)
_GROWTH = (
    "First each operation over a tenth of the data and over all of it; then one number at a time, the\n"
    "rest as it is, beside the row before. × says how many times as much CPU it is, had the machine been as fast:\n"
    "each cell's CPU counts in units of what its floor spends in Flask and Jinja, which depends on no data.\n"
)
_HOTTEST = (
    f"The {hot.COUNT} in which PostgreSQL spent most of its time for the application, while the operations above were\n"
    "measured (each as long as any other): looked at twenty times a second, without those that wait for a lock. The\n"
    "share is of all that PostgreSQL did for it, COMMIT too. Statements that are not caught below are shown with\n"
    "their plan for no particular values.\n"
)
_HOT_HEAD = ("statement", "share of time", "ms", "read from end to end", "indexes")
_STATEMENTS = (
    "Caught from the application, prepared as its connections do, run eight times, then explained for 20 viewers or\n"
    "posts: median and most. Pages are 8 KB, from memory. `generic`: PostgreSQL settled on one plan for all values.\n"
)
_PLAN_HEAD = ("statement", "ms", "most", "planning ms", "pages", "most", "plan", "read from end to end", "indexes")


def _hot(one: Hot) -> list[str]:
    ms = "–" if one.ms is None else f"{one.ms:.2f}"
    return [one.title, f"{one.share:.1%}", ms, ", ".join(one.scanned) or "–", ", ".join(one.indexes) or "–"]


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


_WORDY = {"statement", "plan", "read from end to end", "indexes"}
