"""One run: every part of it, one after the other, and what they found."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import webapp
from bench import floors, growth, hot, plans, scenarios, startup, streams, uploads
from bench.growth import Step, Whole
from bench.hot import Hot
from bench.measure import Cell, cell
from bench.plans import Plan
from bench.scenarios import Scenario
from bench.site import Site
from bench.startup import Found as Start
from bench.streams import Found as Streams
from bench.uploads import Found as Uploads
from embedded.process import EmbeddedError
from webapp.settings import Settings

PARTS = {
    "operations": "each operation at 1 and at 16 clients, beside the floors",
    "pages": "2,000 open pages, and the feed beside them",
    "uploads": "a photo's decoding, and its way from complete to published",
    "growth": "each operation at a tenth of the data, and along one number at a time",
    "start": "import of the application, the second bin/run, memory of all parts",
    "statements": "the plans of all hot statements",
}


@dataclass(frozen=True)
class Asked:
    """What is to be measured, at which numbers of clients (the last is the busy one), for how many seconds each."""

    parts: tuple[str, ...]
    workers: str
    only: tuple[str, ...]
    clients: tuple[int, ...]
    seconds: float


@dataclass
class Run:
    """Everything that one run found."""

    site: Site
    asked: Asked
    cells: list[Cell] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    hot: list[Hot] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)  # statements at work, at so many looks at the operations
    streams: list[Streams] = field(default_factory=list)
    uploads: Uploads | None = None
    steps: list[Step] = field(default_factory=list)
    whole: list[Whole] = field(default_factory=list)
    start: Start | None = None


Told = Callable[[Cell | str], None]


def chosen(known: list[Scenario], only: tuple[str, ...], *, strict: bool = True) -> list[Scenario]:
    """Return the scenarios that were asked for. Raises EmbeddedError, if `strict`, for a key that is not known."""
    strange = set(only) - {scenario.key for scenario in known}
    if strange and strict:
        raise EmbeddedError(
            f"Not known: {', '.join(sorted(strange))}. There are: {', '.join(one.key for one in known)}."
        )
    return [scenario for scenario in known if not only or scenario.key in only]


def measure(site: Site, asked: Asked, small: list[Cell], told: Told) -> Run:
    """Measure everything that was asked for, floors first; `told` hears of each cell and part, `small` is a tenth's."""
    run = Run(site, asked)
    _serve(run, asked, told)
    site.reset()
    if "uploads" in asked.parts:
        told(PARTS["uploads"])
        with site.serve(asked.workers, "wsgi:app", "/healthz"):
            run.uploads = uploads.measure(site)
        site.reset()
    if "start" in asked.parts:
        told(PARTS["start"])
        run.start = startup.measure(site, asked.seconds)
    if "statements" in asked.parts:
        told(PARTS["statements"])
        run.plans.extend(plans.look(site.url, site.community))
        run.hot.extend(hot.hottest(site.url, run.seen, run.plans))
    run.whole = growth.beside(small, run.cells)
    return run


@contextmanager
def _served(site: Site, worker: str) -> Iterator[None]:
    """Serve the application and the floors, and let this process ask the same servers."""
    webapp.connect(Settings(**{name.lower(): value for name, value in site.env.items()}))
    with floors.serve(site, worker), site.serve(worker, "wsgi:app", "/healthz"):
        yield


def _serve(run: Run, asked: Asked, told: Told) -> None:
    """Measure all that is asked of the web processes: floors, operations, open pages, growth."""
    site, busy, seconds = run.site, asked.clients[-1], asked.seconds
    wanted = chosen(scenarios.scenarios(site), asked.only)

    def take(found: Cell) -> None:
        run.cells.append(found)
        told(found)

    with _served(site, asked.workers):
        # What a tenth of the data is compared with is measured in any case.
        counts = asked.clients if "operations" in asked.parts else (busy,) if "growth" in asked.parts else ()
        bare = floors.scenarios(site) if "operations" in asked.parts else []
        with hot.watched(site) as run.seen:
            for scenario in [*bare, *wanted]:
                for clients in counts:
                    take(cell(site, scenario, clients, seconds))
        if "pages" in asked.parts and asked.workers == "gevent":
            told(PARTS["pages"])
            feed = chosen(scenarios.scenarios(site), ("feed",))[0]
            run.streams.append(streams.measure(site, feed, seconds))
        if "growth" in asked.parts:
            for step in growth.measure(site, busy, seconds):
                run.steps.append(step)
                told(step.cell)


def tenth(site: Site, asked: Asked, told: Told) -> list[Cell]:
    """Measure the operations over a tenth of the data, at the busy number of clients, and nothing else."""
    run = Run(site, asked)
    with _served(site, asked.workers):
        for scenario in chosen(scenarios.scenarios(site), asked.only, strict=False):
            run.cells.append(cell(site, scenario, asked.clients[-1], asked.seconds))
            told(run.cells[-1])
    return run.cells
