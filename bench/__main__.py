"""`bin/bench`: make the community, serve the application, measure, write it down."""

import argparse
import sys
from pathlib import Path

from bench import goals, report, run
from bench.measure import Cell
from bench.run import PARTS, Asked
from bench.site import CLASSES, Site, code
from embedded import paths
from embedded.process import EmbeddedError

SCALES = (1.0, 0.1, 0.01)
REPORT = paths.PROJECT / "docs" / "benchmarks.md"
_WORDS = """Measure Tintype over a large community, made up from one seed.

One command does everything: it starts a PostgreSQL, a Redis and an object storage of its own, fills them (a progress
bar shows how far it is; .cache/bench-<scale> keeps the data for the next time), serves the application as bin/run
does, lets people use it, and prints what each thing costs beside the floor of this machine: what a bare page with the
same statement costs in the same run. At the end it says which goals are met. Nothing outside of the data folder and
the report is written, and no data of bin/run is touched.

A complete run takes about half an hour of a quiet machine, 5 GB of disk, and writes docs/benchmarks.md."""
_EXAMPLES = """what can be measured (--parts):
{parts}

for example:
  bin/bench                                        everything, into docs/benchmarks.md
  bin/bench --scale 0.01 --seconds 1               the same with little data, in some minutes, to see that it works
  bin/bench --parts operations --only feed,like    two operations and the floors
  bin/bench --parts growth                         how costs grow with the data"""


def options() -> argparse.Namespace:
    """Read the command line."""
    parts = "\n".join(f"  {name:12}{what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="bin/bench", description=_WORDS, epilog=_EXAMPLES.format(parts=parts),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--scale", type=float, default=1.0, choices=SCALES, help="share of the data (1.0)")
    parser.add_argument("--clients", default="1,16", help="how many ask at once (1,16)")
    parser.add_argument("--seconds", type=float, default=4, help="how long each cell is measured, and its floor (4)")
    parser.add_argument("--data", type=Path, help="where the data lies (.cache/bench-<scale>)")
    parser.add_argument("--parts", default="", help="what is measured, by name: operations,growth … (all)")
    parser.add_argument("--only", default="", help="operations, by key: feed,like … (all); without --parts, just them")
    parser.add_argument("--workers", default="gevent", choices=CLASSES, help="of gunicorn (gevent)")
    parser.add_argument("--out", type=Path, help="the report (docs/benchmarks.md, of a complete run)")
    return parser.parse_args()


def wanted(given: argparse.Namespace) -> Asked:
    """Return what the command line asks for. Raises EmbeddedError for a part that is not known."""
    only = tuple(key for key in given.only.split(",") if key)
    parts = tuple(name for name in given.parts.split(",") if name) or (("operations",) if only else tuple(PARTS))
    if strange := set(parts) - set(PARTS):
        raise EmbeddedError(f"Not known: {', '.join(sorted(strange))}. The parts are: {', '.join(PARTS)}.")
    clients = tuple(map(int, given.clients.split(",")))
    return Asked(parts, given.workers, only, clients, given.seconds)


def measure(given: argparse.Namespace, asked: Asked) -> None:
    """Measure over a tenth of the data if growth is asked for, then over all of it; print, and write the report."""
    data, before = given.data or paths.PROJECT / ".cache" / f"bench-{given.scale:g}", code()
    usual = Asked(tuple(PARTS), "gevent", (), (1, 16), given.seconds)
    complete = given.scale == SCALES[0] and asked == usual
    out = given.out or (REPORT if complete else None)
    small: list[Cell] = []
    if "growth" in asked.parts:
        with Site(data.with_name(f"{data.name}-tenth"), given.scale / 10) as site:
            print(f"  A tenth of the data, for growth\n{report.head()}", flush=True)
            small = run.tenth(site, asked, _tell)
    with Site(data, given.scale) as site:
        print(f"  All of it\n{report.head()}", flush=True)
        found = run.measure(site, asked, small, _tell)
        if code() != before:
            raise EmbeddedError("The code changed while it was measured, so nothing was written. Run it again.")
        for line in report.summary(found):
            print(f"  {line}")
        for goal in goals.reached(found):
            print(f"  {goal.what}: {goal.found:.2f} {goal.unit}, at most {goal.most:g}: {goal.verdict}")
        if out:
            report.write(found, out)
            print(f"  Written: {out}")


def _tell(what: Cell | str) -> None:
    print(f"  … {what}" if isinstance(what, str) else report.line(what), flush=True)


def main() -> int:
    """Measure; 0 when everything was measured, 1 with a message when something failed."""
    given = options()
    try:
        measure(given, wanted(given))
    except EmbeddedError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
