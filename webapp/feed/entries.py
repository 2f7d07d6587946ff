"""Entries of feeds as JSON: posts written once per version (`posts/cards.py`), and why each stands there."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from webapp.core.page import Page
from webapp.feed import queries
from webapp.feed.shapes import reposter
from webapp.feed.snapshots import Shown
from webapp.posts import cards
from webapp.posts.cards import Written
from webapp.posts.shapes import Activity
from webapp.users import shapes as user_shapes
from webapp.visibility import Viewer


def of(viewer: Viewer, page: Page[Any]) -> Page[Activity]:
    """Make entries of glances (`posts.queries.named`); who reposted is read for all of them at once."""
    return page.map(lambda glances: _entries(viewer, glances))


def ranked(viewer: Viewer, page: Page[Shown]) -> Page[Activity]:
    """Make entries of a ranked list, each with its reason."""

    def made(shown: list[Shown]) -> list[Activity]:
        reasons = {one.row.id: one.entry.because for one in shown}
        return [
            _posted(written, reasons[glance.id])
            for glance, written in cards.written(viewer, [one.row for one in shown])
        ]

    return page.map(made)


def _entries(viewer: Viewer, glances: Sequence[Any]) -> list[Activity]:
    passed_on = [(glance.id, glance.actor_id) for glance in glances if getattr(glance, "reposter", None)]
    by = {(found.post_id, found.user_id): found for found in queries.reposters(viewer, passed_on)}
    gone = set(passed_on) - by.keys()
    there = [glance for glance in glances if not gone or (glance.id, glance.actor_id) not in gone]
    return [_entry(glance, written, by) for glance, written in cards.written(viewer, there)]


def _entry(glance: Any, written: Written, by: Mapping[tuple[uuid.UUID, uuid.UUID], Any]) -> Activity:
    text = getattr(glance, "reposter", None)
    if not text:
        return _posted(written)
    who = by[glance.id, glance.actor_id]
    return Activity("repost", user_shapes.short(who), reposter(text).others, written.post, who.reposted_at)


def _posted(written: Written, reason: str | None = None) -> Activity:
    return Activity("post", written.author, 0, written.post, written.created_at, reason)
