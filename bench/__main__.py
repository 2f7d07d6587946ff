"""`bin/bench`: make the community, serve the application, measure, write it down."""

import argparse
import sys
from pathlib import Path

import webapp
from bench import floors, plans, report, scenarios, streams
from bench.measure import cell
from bench.scenarios import Scenario
from bench.site import CLASSES, Site, code
from embedded import paths
from embedded.process import EmbeddedError, Process
from webapp.settings import Settings

CLIENTS = (1, 16)
REPORT = paths.PROJECT / "docs" / "benchmarks.md"


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure Tintype over a large community.")
    parser.add_argument("--scale", type=float, default=1.0, choices=(1.0, 0.1, 0.01), help="share of the data (1.0)")
    parser.add_argument("--seconds", type=float, default=6, help="how long each cell is measured (6)")
    parser.add_argument("--data", type=Path, help="where the community lies (.cache/bench-<scale>)")
    parser.add_argument("--only", default="", help="scenarios, by key: feed,like … (all)")
    parser.add_argument("--workers", default="", help="sync or gevent (both)")
    parser.add_argument("--out", type=Path, help="the report (docs/benchmarks.md, of a complete run at 1.0)")
    return parser.parse_args()


def chosen(known: list[Scenario], only: str) -> list[Scenario]:
    """Return the scenarios that were asked for. Raises EmbeddedError for a key that is not known."""
    keys = [key for key in only.split(",") if key]
    strange = set(keys) - {scenario.key for scenario in known}
    if strange:
        raise EmbeddedError(f"Not known: {', '.join(strange)}. There are: {', '.join(one.key for one in known)}.")
    return [scenario for scenario in known if not keys or scenario.key in keys]


def measure(site: Site, asked: argparse.Namespace) -> report.Run:
    """Measure everything that was asked for, floors first."""
    before = code()
    wanted = chosen(scenarios.scenarios(site), asked.only)
    webapp.connect(Settings(**{name.lower(): value for name, value in site.env.items()}))
    bare = floors.prepare(site)
    run = report.Run(site, asked.seconds, [], [], [])
    print(report.head(), flush=True)
    for worker in [asked.workers] if asked.workers else CLASSES:
        for app, path, env, todo in (
            (floors.APP, "/plain", bare, floors.scenarios(site)),
            ("wsgi:app", "/healthz", {}, wanted),
        ):
            with site.serve(worker, app, path, **env) as web:
                for scenario in todo:
                    for clients in CLIENTS:
                        run.cells.append(cell(site, web, worker, scenario, clients, asked.seconds))
                        print(report.line(run, run.cells[-1]), flush=True)
                if worker == "gevent" and app == "wsgi:app":
                    run.streams.append(_open_pages(site, web, worker, asked))
    site.reset()
    run.plans.extend(plans.look(site.url, site.community))
    if code() != before:
        raise EmbeddedError("The code changed while it was measured, so nothing was written. Run it again.")
    return run


def _open_pages(site: Site, web: Process, worker: str, asked: argparse.Namespace) -> streams.Found:
    feed = chosen(scenarios.scenarios(site), "feed")[0]
    found = streams.measure(site, web, worker, feed, asked.seconds)
    print(f"  {report.open_pages(found)}", flush=True)
    return found


def main() -> int:
    """Measure; 0 when everything was measured, 1 with a message when something failed."""
    asked = options()
    data = asked.data or paths.PROJECT / ".cache" / f"bench-{asked.scale:g}"
    out = asked.out or (REPORT if asked.scale == 1.0 and not asked.only and not asked.workers else None)
    try:
        with Site(data, asked.scale) as site:
            run = measure(site, asked)
            for worker, what, goal, found in report.goals(run):
                print(f"  {worker}: {what} {found:.2f}, at most {goal:g}: {'met' if found <= goal else 'missed'}")
            if out:
                report.write(run, out)
                print(f"  Written: {out}")
    except EmbeddedError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
