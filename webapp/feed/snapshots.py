"""Ranked feeds as they are read: a ranking is made once, kept in Redis, and read through page by page.

A snapshot is a ranking as at a moment. The cursor holds that moment, and the place of what was shown last; so the pages
of one scroll come from one ranking, and nothing stands in it twice. Whether the viewer may see a post is asked anew for
every page. Without Redis, or when the snapshot has been forgotten, the ranking as at that moment is made once more:
what people did since then lifts posts and hardly ever lowers one, so what was shown stays above where one is.

Keys: `ranked:<view>:<viewer>` (when the newest snapshot was made), `ranking:<view>:<viewer>:<when>` (its entries,
compressed: they are most of what Redis holds, and on a small server 24 MB are all it has).
"""

import zlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam

from webapp.core import cache, clock, db, metrics
from webapp.core.page import Ask, Page, cut
from webapp.feed import candidates
from webapp.feed.ranking import Entry, ranked
from webapp.models import Post
from webapp.posts import queries as post_queries
from webapp.visibility import Viewer, stand_in, unmuted, visible_posts

posts = Post.__table__.c
FRESH = 300  # seconds until a first page asks for a new ranking
KEPT = 900  # seconds from the last page that somebody read of one
LONGEST = 400  # posts of a ranking
_SPARE = 5  # posts asked for beyond a page, in place of those that are hidden by now


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of a ranked list, and the entry that says why it stands there."""

    row: Any
    entry: Entry


def page(viewer: Viewer, view: str, ask: Ask, refine: post_queries.Refine) -> Page[Shown]:
    """Return a page of a ranked list; `refine` (`glances`, `posts.queries.named`) says what is read of the posts."""
    after = ask.after(view, (float, float, int))
    at, entries = _snapshot(viewer, view, after[0] if after else None)
    start = bisect_right(entries, (-after[1], -after[2]), key=lambda entry: entry.place) if after else 0
    shown: list[Shown] = []
    while len(shown) <= ask.limit and start < len(entries):
        some = entries[start : start + ask.limit + 1 + _SPARE]
        start += len(some)
        shown += _visible(viewer, refine, some)
    return cut(shown[: ask.limit + 1], ask, view, lambda one: (at, one.entry.score, one.entry.number))


def _visible(viewer: Viewer, refine: post_queries.Refine, entries: Sequence[Entry]) -> list[Shown]:
    values = {"viewer_id": viewer.id, "numbers": [entry.number for entry in entries]}
    rows = {row.post_published_seq: row for row in db.rows(_shown(viewer.role, refine), values)}
    return [Shown(rows[entry.number], entry) for entry in entries if entry.number in rows]


@db.prepared
def _shown(role: str, refine: Callable[..., Any]) -> Select[Any]:
    asks = stand_in(role)
    among = posts.published_seq == any_(bindparam("numbers", type_=ARRAY(BigInteger)))
    return refine(visible_posts(asks).where(among, unmuted(asks)), asks)


def _snapshot(viewer: Viewer, view: str, at: float | None) -> tuple[float, list[Entry]]:
    """Return the ranking as at that moment, or one that is fresh, and when it was made."""
    name = f"ranked:{view}:{viewer.id}"
    at = at or cache.get(name)
    kept = cache.kept(_key(view, viewer, at), KEPT) if at else None
    if at and kept is not None:
        metrics.snapshot_hits.labels(view).inc()
        return at, _unpacked(kept)
    metrics.snapshot_misses.labels(view).inc()
    return make(viewer, view, at)


def make(viewer: Viewer, view: str, at: float | None = None) -> tuple[float, list[Entry]]:
    """Rank anew, as at a moment or as of now, and keep it. Returns the moment and the entries."""
    name, moment = f"ranked:{view}:{viewer.id}", at or round(clock.now().timestamp(), 3)
    when = datetime.fromtimestamp(moment, UTC)
    ties = candidates.ties(viewer)
    entries = ranked(candidates.found(viewer, view, ties, when), ties, LONGEST)
    cache.keep(_key(view, viewer, moment), _packed(entries), KEPT)
    if at is None:
        cache.put(name, moment, FRESH)
    return moment, entries


def _key(view: str, viewer: Viewer, at: float) -> str:
    return f"ranking:{view}:{viewer.id}:{at}"


def _packed(entries: Sequence[Entry]) -> bytes:
    return zlib.compress(orjson.dumps([entry.fields for entry in entries]), 1)


def _unpacked(kept: bytes) -> list[Entry]:
    return [Entry(*fields) for fields in orjson.loads(zlib.decompress(kept))]


def refresh(viewer: Viewer) -> bool:
    """Rank `for_you` anew if the last ranking is not fresh any more. Returns whether it was."""
    stale = cache.get(f"ranked:for_you:{viewer.id}") is None
    if stale:
        make(viewer, "for_you")
    return stale


def forget(viewer: Viewer) -> None:
    """Let the next first page be ranked anew. Who is reading on goes on in the old ranking."""
    cache.drop(*cache.rankings(viewer.id))
