"""Reads of what was done: sanctions as shapes, a person's record, and how reliable reporters are."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from webapp.core import db
from webapp.core.errors import NotFound
from webapp.media import shapes as media_shapes
from webapp.models import Case, Comment, Media, Report, Sanction, User
from webapp.moderation import shapes
from webapp.users import shapes as user_shapes
from webapp.users.shapes import UserShort
from webapp.visibility import Viewer, review_cases, review_users

users = User.__table__.c
avatars = Media.__table__.c
cases = Case.__table__.c
reports = Report.__table__.c
sanctions = Sanction.__table__.c
comments = Comment.__table__.c
MOST = 20


def people(viewer: Viewer, user_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID | None, UserShort]:
    """Return those of these people who are there, as moderators see them, by id."""
    wanted = {one for one in user_ids if one is not None}
    if not wanted:
        return {}
    statement = review_users(viewer).with_only_columns(*user_shapes.COLUMNS, *media_shapes.COLUMNS)
    statement = statement.outerjoin(Media.__table__, avatars.id == users.avatar_id).where(users.id.in_(wanted))
    return {row.user_id: user_shapes.short(row) for row in db.rows(statement)}


def shaped(viewer: Viewer, rows: Sequence[Any]) -> list[shapes.Action]:
    """Make the shapes of rows of `sanctions`."""
    known = people(viewer, [one for row in rows for one in (row.user_id, row.actor_id)])
    return [
        shapes.Action(
            row.id, row.kind, shapes.ActionTarget(row.target_type, row.target_id), known.get(row.user_id),
            known.get(row.actor_id), row.reason, row.quiet, row.until, row.created_at, row.undone_at,
        )
        for row in rows
    ]  # fmt: skip


def _newest(*which: ColumnElement[bool]) -> Select[Any]:
    found = select(*sanctions).where(*which)
    return found.order_by(sanctions.created_at.desc(), sanctions.id.desc()).limit(MOST)


def action(viewer: Viewer, sanction_id: uuid.UUID) -> shapes.Action:
    """Return one sanction. NotFound if there is none."""
    found = db.rows(_newest(sanctions.id == sanction_id))
    if not found:
        raise NotFound
    return shaped(viewer, found)[0]


def about(viewer: Viewer, kind: str, thing_id: uuid.UUID) -> list[shapes.Action]:
    """Return what was done to a thing, the last first."""
    return shaped(viewer, db.rows(_newest(sanctions.target_type == kind, sanctions.target_id == thing_id)))


def against(viewer: Viewer, user_id: uuid.UUID) -> list[shapes.Action]:
    """Return what was done to a person and to what they made, the last first."""
    return shaped(viewer, db.rows(_newest(sanctions.user_id == user_id)))


def acted() -> ColumnElement[bool]:
    """Condition on a case: it led to something."""
    return and_(cases.closed_at.is_not(None), cases.outcome.not_in(shapes.MILD))


def record(viewer: Viewer, user_id: uuid.UUID) -> shapes.AuthorRecord | None:
    """Return what is known of a person; None if they are gone."""
    said = select(func.count()).where(comments.author_id == user_id).scalar_subquery()
    theirs = select(func.count()).where(cases.user_id == user_id)
    columns = (
        users.role, users.status, users.shadowbanned, users.created_at, users.post_count, said.label("comments"),
        users.follower_count, theirs.scalar_subquery().label("cases"),
        theirs.where(acted()).scalar_subquery().label("acted"),
    )  # fmt: skip
    row = db.row(review_users(viewer).with_only_columns(*columns).where(users.id == user_id))
    return shapes.AuthorRecord(*row) if row is not None else None


def earlier(viewer: Viewer, user_id: uuid.UUID, but: uuid.UUID) -> list[shapes.PastCase]:
    """Return a person's other cases, the last first."""
    columns = (cases.id, cases.target_type, cases.outcome, cases.opened_at, cases.closed_at)
    mine = review_cases(viewer).with_only_columns(*columns).where(cases.user_id == user_id, cases.id != but)
    return [shapes.PastCase(*row) for row in db.rows(mine.order_by(cases.opened_at.desc()).limit(MOST))]


def reliability(user_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, shapes.ReporterRecord]:
    """Return for each of these people how many reports of theirs were decided, and how many led to something."""
    led = func.sum(case((acted(), 1), else_=0))
    counted = select(reports.reporter_id, func.count().label("closed"), led.label("led"))
    counted = counted.join(Case.__table__, cases.id == reports.case_id).group_by(reports.reporter_id)
    found = db.rows(counted.where(reports.reporter_id.in_(list(user_ids)), cases.closed_at.is_not(None)))
    return {row.reporter_id: shapes.ReporterRecord(row.closed, int(row.led)) for row in found}
