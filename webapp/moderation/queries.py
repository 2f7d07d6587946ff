"""Reads of moderation: one's own reports and decisions; the queue, one case with all about it, appeals."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, tuple_

from webapp.core import db, ids
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page, cut
from webapp.media import shapes as media_shapes
from webapp.models import Appeal, Case, CaseNote, Media, Message, Report, Sanction, User
from webapp.moderation import effects, history, shapes, targets
from webapp.moderation.schemas import QueueAsk
from webapp.users import shapes as user_shapes
from webapp.visibility import Viewer, may, review_around, review_cases

cases = Case.__table__.c
reports = Report.__table__.c
sanctions = Sanction.__table__.c
appeals = Appeal.__table__.c
notes = CaseNote.__table__.c
messages = Message.__table__.c
users = User.__table__.c
avatars = Media.__table__.c
photo = Media.__table__.alias("photo")
_OPEN = cases.closed_at.is_(None)


def own_reports(viewer: Viewer, ask: Ask) -> Page[shapes.Report]:
    """Return what the viewer reported, the last first."""
    mine = _own_reports(viewer).order_by(reports.created_at.desc(), reports.id.desc()).limit(ask.limit + 1)
    after = ask.after("reports", (datetime, uuid.UUID))
    if after:
        mine = mine.where(tuple_(reports.created_at, reports.id) < after)
    page = cut(db.rows(mine), ask, "reports", lambda row: (row.created_at, row.id))
    return page.map(lambda rows: [shapes.report(row) for row in rows])


def _own_reports(viewer: Viewer) -> Select[Any]:
    columns = (reports.id, reports.reason, reports.note, reports.created_at)
    about = (cases.target_type, cases.target_id, cases.closed_at, cases.outcome)
    joined = select(*columns, *about).join(Case.__table__, cases.id == reports.case_id)
    return joined.where(reports.reporter_id == viewer.id)


def own_report(viewer: Viewer, case_id: uuid.UUID) -> shapes.Report:
    """Return what the viewer reported in a case."""
    return shapes.report(db.row(_own_reports(viewer).where(reports.case_id == case_id)))


def case_id(viewer: Viewer, name: str) -> uuid.UUID:
    """Return the id of the case that this is the id of, or that this report stands in. NotFound if there is none."""
    found = ids.parse(name)
    within = select(reports.case_id).where(reports.id == found).scalar_subquery()
    which = or_(cases.id == found, cases.id == within)
    row = db.row(review_cases(viewer).with_only_columns(cases.id).where(which)) if found else None
    if row is None:
        raise NotFound
    return uuid.UUID(str(row.id))


def queue(viewer: Viewer, asked: QueueAsk) -> Page[shapes.Case]:
    """Return the cases that moderators look at: open ones the longest waiting first, closed ones the last first."""
    ask, is_open = Ask(asked.limit, asked.cursor), asked.status == "open"
    at = cases.opened_at if is_open else cases.closed_at
    place = tuple_(at, cases.id)
    statement = _cases(viewer).where(*_wanted(viewer, asked)).limit(ask.limit + 1)
    after = ask.after(f"queue-{asked.status}", (datetime, uuid.UUID))
    if after:
        statement = statement.where(place > after if is_open else place < after)
    statement = statement.order_by(at, cases.id) if is_open else statement.order_by(at.desc(), cases.id.desc())
    key = "opened_at" if is_open else "closed_at"
    page = cut(db.rows(statement), ask, f"queue-{asked.status}", lambda row: (getattr(row, key), row.id))
    found, people = _around(viewer, page.items)
    return page.map(lambda rows: [_case(row, found, people) for row in rows])


def _wanted(viewer: Viewer, asked: QueueAsk) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [_OPEN if asked.status == "open" else cases.closed_at.is_not(None)]
    if asked.type:
        wanted.append(cases.target_type == asked.type)
    if asked.source:
        wanted.append(cases.source == asked.source)
    if asked.assigned != "anybody":
        wanted.append(cases.assignee_id == viewer.id if asked.assigned == "me" else cases.assignee_id.is_(None))
    if asked.reason:
        said = select(reports.id).where(reports.case_id == cases.id, reports.reason == asked.reason)
        wanted.append(said.correlate(Case.__table__).exists())
    return wanted


def _cases(viewer: Viewer) -> Select[Any]:
    each = select(reports.reason, func.count().label("number"), func.max(reports.created_at).label("newest"))
    each = each.where(reports.case_id == cases.id).group_by(reports.reason).correlate(Case.__table__)
    by_reason = each.subquery("by_reason").lateral()
    gathered = select(
        func.json_object_agg(by_reason.c.reason, by_reason.c.number).label("reasons"),
        func.max(by_reason.c.newest).label("newest"),
    ).select_from(by_reason)
    found = gathered.lateral("gathered")
    return review_cases(viewer).with_only_columns(*cases, found.c.reasons, found.c.newest).join(found, true())


def _around(viewer: Viewer, rows: Sequence[Any]) -> tuple[Any, Any]:
    """Return the things that these cases are about, and the people whom they name."""
    found = targets.several(viewer, [(row.target_type, row.target_id) for row in rows])
    return found, history.people(viewer, [one for row in rows for one in (row.assignee_id, row.closed_by)])


def _case(row: Any, found: Any, people: Any) -> shapes.Case:
    return shapes.Case(**_fields(row, found, people))


def _fields(row: Any, found: Any, people: Any) -> dict[str, Any]:
    thing = found.get((row.target_type, row.target_id))
    gone = shapes.CaseTarget(row.target_type, row.target_id, "", [], None, "gone", None)
    return {
        **{name: getattr(row, name) for name in ("id", "source", "detail", "opened_at", "closed_at", "outcome")},
        "target": thing.shape if thing else gone,
        "reports": shapes.CaseReports(row.report_count, dict(row.reasons or {}), row.newest),
        "assignee": people.get(row.assignee_id),
        "closed_by": people.get(row.closed_by),
    }


def case(viewer: Viewer, found_id: uuid.UUID) -> shapes.CaseDetail:
    """Return a case with all that is needed to decide it. NotFound if there is none for this moderator."""
    row = db.row(_cases(viewer).where(cases.id == found_id))
    if row is None:
        raise NotFound
    found, people = _around(viewer, [row])
    thing = found.get((row.target_type, row.target_id))
    return shapes.CaseDetail(
        **_fields(row, found, people),
        content=thing.words if thing else "",
        filed=_filed(viewer, row.id),
        author=history.record(viewer, row.user_id),
        actions=history.about(viewer, row.target_type, row.target_id),
        history=history.against(viewer, row.user_id),
        earlier=history.earlier(viewer, row.user_id, row.id),
        notes=_notes(viewer, row.id),
        context=_context(viewer, row.target_id) if row.target_type == "message" else [],
        can=_can(viewer, row, thing),
    )


def owner(viewer: Viewer, row: Any, thing: Any) -> Any:
    """Return whose a case is, as permissions ask for it, though the thing itself may be gone."""
    if thing is not None:
        return thing.owner
    known = history.record(viewer, row.user_id)
    return SimpleNamespace(id=row.user_id, role=known.role if known else "user")


def _can(viewer: Viewer, row: Any, thing: Any) -> list[str]:
    if row.closed_at is not None or not may(viewer, "moderate", "user", owner(viewer, row, thing)):
        return []
    status = thing.shape.status if thing else "gone"
    if thing is None:
        return ["dismiss"]
    out = {"unsuspend", "unshadowban", "role", "delete"}
    out |= {"approve"} if status not in ("held", "concealed") else {"dismiss"} if status == "held" else set()
    out |= {"takedown"} if status == "taken_down" else {"restore"}
    return sorted(({"dismiss"} | effects.ALLOWED[row.target_type]) - out)


def _filed(viewer: Viewer, of_case: uuid.UUID) -> list[shapes.FiledReport]:
    rows = db.rows(select(*reports).where(reports.case_id == of_case).order_by(reports.created_at).limit(100))
    who = [row.reporter_id for row in rows]
    people, records = history.people(viewer, who), history.reliability(who)
    none = shapes.ReporterRecord(0, 0)
    return [
        shapes.FiledReport(
            row.id, people.get(row.reporter_id), row.reason, row.note, records.get(row.reporter_id, none),
            row.created_at,
        )
        for row in rows
    ]  # fmt: skip


def _notes(viewer: Viewer, of_case: uuid.UUID) -> list[shapes.CaseNote]:
    rows = db.rows(select(*notes).where(notes.case_id == of_case).order_by(notes.created_at).limit(100))
    people = history.people(viewer, [row.author_id for row in rows])
    return [shapes.CaseNote(row.id, people.get(row.author_id), row.content, row.created_at) for row in rows]


def _context(viewer: Viewer, message_id: uuid.UUID) -> list[shapes.ContextMessage]:
    shown = select(func.json_build_array(*(photo.c[name] for name in media_shapes.FIELDS)))
    shown = shown.where(photo.c.id == messages.media_id).correlate(Message.__table__)
    near = (
        review_around(viewer, message_id)
        .with_only_columns(
            messages.id, messages.content, messages.deleted_at, messages.created_at,
            shown.scalar_subquery().label("photo"), *user_shapes.COLUMNS, *media_shapes.COLUMNS,
        )
        .outerjoin(Media.__table__, avatars.id == users.avatar_id)
    )  # fmt: skip
    return [
        shapes.ContextMessage(
            row.id, user_shapes.short(row), row.content, media_shapes.listed([row.photo])[0] if row.photo else None,
            row.deleted_at is not None, row.id == message_id, row.created_at,
        )
        for row in db.rows(near)
    ]  # fmt: skip


def waiting(viewer: Viewer) -> tuple[int, int]:
    """Return how many cases and appeals wait; a hundred stands for all that is more."""
    some = review_cases(viewer).with_only_columns(cases.id).where(_OPEN).limit(100).subquery("some")
    asked = select(appeals.id).where(and_(appeals.status == "open", appeals.user_id != viewer.id)).limit(100)
    row = db.row(
        select(
            select(func.count()).select_from(some).scalar_subquery(),
            select(func.count()).select_from(asked.subquery("asked")).scalar_subquery(),
        )
    )
    return int(row[0]), int(row[1])
