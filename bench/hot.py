"""Find out in which statements PostgreSQL spends its time, by looking now and then at what it is doing."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from bench import plans
from bench.plans import Plan
from bench.processes import watching
from bench.site import Site
from embedded.postgres import APP

COUNT = 10
_PAUSE = 0.05  # seconds between two looks, of which each takes a tenth of a millisecond
# What waits for somebody else's lock is not at work.
_LOOK = (
    "SELECT query FROM pg_stat_activity"
    " WHERE state = 'active' AND wait_event_type IS DISTINCT FROM 'Lock' AND usename = %s"
)
_PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")  # COMMIT takes time, too, and has no plan
_PLACE, _SPACE = re.compile(r"\$\d+|%\(\w+\)s"), re.compile(r"\s+")
_LONGEST = 90  # characters of a statement that has no title


@dataclass(frozen=True)
class Hot:
    """A statement, the share of the database's time that it takes, and how it is carried out."""

    title: str
    share: float
    indexes: tuple[str, ...]
    scanned: tuple[str, ...]  # tables read from end to end
    ms: float | None  # of those that were explained for real people


@contextmanager
def watched(site: Site) -> Iterator[Counter[str]]:
    """Look at what PostgreSQL does for the application while the block runs; yields how often each was seen."""
    seen = Counter[str]()
    with psycopg.connect(site.url, autocommit=True) as connection:

        def look() -> None:
            seen.update(query for (query,) in connection.execute(_LOOK, [APP]))

        with watching(look, _PAUSE):
            yield seen


def hottest(url: str, seen: Counter[str], known: Sequence[Plan]) -> Iterator[Hot]:
    """Give the statements that were seen most often, by their plans if these are known, else by a general one."""
    with psycopg.connect(url, autocommit=True) as connection:
        planned = [one for one in seen.most_common() if one[0].lstrip().upper().startswith(_PLANNED)]
        for text, count in planned[:COUNT]:
            ours = [plan for plan in known if alike(plan.statement) == alike(text)]
            if ours:
                title, ms = ours[0].title, max(plan.ms[0] for plan in ours)
                indexes = {name for plan in ours for name in plan.indexes}
                scanned = {name for plan in ours for name in plan.scanned}
            else:
                title, ms = _SPACE.sub(" ", text).replace("|", "¦")[:_LONGEST], None
                indexes, scanned = plans.general(connection, text)
            yield Hot(title, count / seen.total(), tuple(sorted(indexes)), tuple(sorted(scanned)), ms)


def alike(statement: str) -> str:
    """Return a statement without what differs between its forms: numbers and names of places, spaces."""
    return _SPACE.sub(" ", _PLACE.sub("?", statement.replace("%%", "%"))).strip()
