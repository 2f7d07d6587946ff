"""Look at the statements that the application sends: which indexes they use, how long they take, how much they touch.

The statements are caught while the application's own queries run, not written down a second time.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from bench.data import SEED, Community
from webapp.comments import queries as comments
from webapp.core import db
from webapp.core.page import Ask
from webapp.feed import activities, snapshots
from webapp.feed import queries as feed
from webapp.posts import queries as posts
from webapp.posts import tags
from webapp.search import queries as search
from webapp.users import queries as users
from webapp.visibility import Viewer, stand_in, unmuted

PAGE = 25  # posts that a page's statement reads: those shown, and a few to spare
SUBJECTS = 20  # people or posts that each statement is tried with
WARM = 8  # executions before the plan counts: after five PostgreSQL may turn to a generic one
_NAMED = re.compile(r"%\((\w+)\)s")

Sent = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Plan:
    """How one statement was carried out for several subjects; ms and 8-KB pages as (median, most)."""

    title: str
    statement: str
    indexes: tuple[str, ...]
    scanned: tuple[str, ...]  # tables read from end to end
    generic: bool
    planning: float
    ms: tuple[float, float]
    pages: tuple[float, float]
    text: str  # the plan of the slowest


def catch(call: Callable[[], object]) -> list[Sent]:
    """Run a read of the application; returns the statements that it sent, however many they are."""
    with db.unit(reading=True), db.watched() as sent:
        call()
    return sent


def viewer(community: Community, number: int) -> Viewer:
    """Return a person of the community as the one who asks."""
    return Viewer(UUID(community.person_ids[number]), community.usernames[number], role="user")


def first_page(me: Viewer) -> list[Sent]:
    """Return the statements behind the first page of somebody's feed."""
    return catch(lambda: feed.front(me, "following", Ask()))


def whole_page(me: Viewer) -> Sent:
    """Return the floor's statement: the first page of somebody's feed with everything that cards show.

    The application asks for less, as it keeps cards; who keeps nothing needs all of it.
    """
    asks, number = stand_in("user"), {"below": posts.ALL, "top": posts.ALL, "count": PAGE}
    page = activities.newest(activities.followed(asks), asks, posts.cards, True, unmuted(asks))
    return catch(lambda: db.rows(db.Prepared(page), {"viewer_id": me.id, **number}))[0]


def _second_page(me: Viewer) -> list[Sent]:
    with db.unit(reading=True):
        cursor = feed.following(me, Ask()).next_cursor
    return catch(lambda: feed.front(me, "following", Ask(cursor=cursor)))


def _posts_of(me: Viewer, name: str) -> None:
    posts.by(me, users.get(me, name), Ask())


def _found(me: Viewer, typed: str) -> list[Sent]:
    return catch(lambda: search.posts_with(me, typed, "all", Ask()))


def look(url: str, community: Community) -> list[Plan]:
    """Try every hot read; `webapp.connect` must have been called."""
    rng = Random(SEED)  # noqa: S311 (no secrets)
    anybody = [viewer(community, number) for number in community.viewers][:SUBJECTS]
    groups = {
        count: [viewer(community, number) for number in group][:SUBJECTS]
        for count, group in sorted(community.cohorts.items())
    }
    named = [(me, rng.choice(community.usernames)) for me in anybody]
    shown = [(me, UUID(rng.choice(community.post_ids))) for me in anybody]
    tried = {
        **{f"feed, page one, {n:,} followings": [first_page(me) for me in group] for n, group in groups.items()},
        **{f"feed, page two, {n:,} followings": [_second_page(me) for me in group] for n, group in groups.items()},
        "feed as JSON": [catch(partial(feed.following, me, Ask())) for me in anybody],
        "ranking for one person": [catch(partial(snapshots.make, me, "for_you")) for me in anybody],
        "ranking of explore": [catch(partial(snapshots.make, me, "explore")) for me in anybody],
        "person by name": [catch(partial(users.get, me, name)) for me, name in named],
        "posts of a person": [catch(partial(_posts_of, me, name)) for me, name in named],
        "one post": [catch(partial(posts.get, me, post)) for me, post in shown],
        "people by name": [catch(partial(search.people, me, name[:3], Ask())) for me, name in named],
        "people, mistyped": [catch(partial(search.people, me, name[1:], Ask())) for me, name in named],
        "posts with a rare word": [_found(me, f"@{name}") for me, name in named],
        "posts with a common word": [_found(me, "ligh") for me in anybody],
        "hashtags": [catch(partial(tags.beginning, me, "s", Ask())) for me in anybody],
        "comments of a post": [catch(partial(comments.thread, me, post, Ask())) for me, post in shown],
    }
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        return [plan for title, sent in tried.items() for plan in _each(connection, title, sent)]


def _each(connection: psycopg.Connection, title: str, sent: list[list[Sent]]) -> Iterator[Plan]:
    """Explain every statement of a read, in the order in which they are sent."""
    for place in range(max(map(len, sent))):
        name = f"{title} ({place + 1})" if place else title
        yield explain(connection, name, [one[place] for one in sent if len(one) > place])


def explain(connection: psycopg.Connection, title: str, sent: list[Sent]) -> Plan:
    """Prepare the statement as a worker's connection has it, run it often, and then take its plans."""
    statement = Counter(text for text, _ in sent).most_common(1)[0][0]
    subjects = [values for text, values in sent if text == statement]
    names = list(dict.fromkeys(_NAMED.findall(statement)))
    numbered = _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", statement).replace("%%", "%")
    connection.execute("DEALLOCATE ALL")
    connection.execute(f"PREPARE tried AS {numbered}")
    calls = [
        sql.SQL("EXECUTE tried({})").format(sql.SQL(", ").join(sql.Literal(values[name]) for name in names))
        if names else sql.SQL("EXECUTE tried")
        for values in subjects
    ]  # fmt: skip
    for place in range(WARM):
        connection.execute(calls[place % len(calls)])
    options = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ")
    found = [connection.execute(options + call).fetchone()[0][0] for call in calls]  # type: ignore[index]
    generic = connection.execute("SELECT generic_plans FROM pg_prepared_statements WHERE name = 'tried'").fetchone()
    slowest = max(range(len(found)), key=lambda place: found[place]["Execution Time"])
    text = connection.execute(sql.SQL("EXPLAIN (ANALYZE, BUFFERS) ") + calls[slowest]).fetchall()
    nodes = [node for plan in found for node in _nodes(plan["Plan"])]
    times = [plan["Execution Time"] for plan in found]
    pages = [plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] for plan in found]
    indexes, scanned = _used(nodes)
    return Plan(
        title,
        statement,
        tuple(sorted(indexes)),
        tuple(sorted(scanned)),
        bool(generic and generic[0]),
        median(plan["Planning Time"] for plan in found),
        (median(times), max(times)),
        (median(pages), max(pages)),
        "\n".join(line for (line,) in text),
    )


def general(connection: psycopg.Connection, text: str) -> tuple[set[str], set[str]]:
    """Return the indexes of a statement's plan for no particular values, and the tables read from end to end."""
    found = connection.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}").fetchone()
    assert found is not None
    return _used(_nodes(found[0][0]["Plan"]))


def _used(nodes: Iterable[dict[str, Any]]) -> tuple[set[str], set[str]]:
    indexes, scanned = set(), set()
    for node in nodes:
        if "Index Name" in node:
            indexes.add(node["Index Name"])
        if node["Node Type"] == "Seq Scan":
            scanned.add(node["Relation Name"])
    return indexes, scanned


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
