"""Cases: opened by reports, flags and filters, closed by whoever decides them first.

Locks are taken in one order: the person (`lock`), the case, then what is done. Two who decide at once wait here.
"""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, ids, retention
from webapp.models import Case, Report
from webapp.moderation import notices
from webapp.visibility import Viewer

cases = Case.__table__
reports = Report.__table__
KEPT = timedelta(days=365)  # closed ones
_DECIDING = 7423  # the advisory locks under which something is done to a person, one for each


def lock(user_id: uuid.UUID) -> None:
    """Let nobody else do anything to a person or to something of theirs until this transaction ends."""
    db.execute(text("SELECT pg_advisory_xact_lock(:lock, hashtext(:of))"), {"lock": _DECIDING, "of": str(user_id)})


def begin(kind: str, thing_id: uuid.UUID, user_id: uuid.UUID, source: str, detail: str = "") -> uuid.UUID:
    """Open a case about a thing of a person's, or go on with the open one; its row is locked. Returns its id."""
    fresh = insert(cases).values(
        id=ids.new(), target_type=kind, target_id=thing_id, user_id=user_id, source=source, detail=detail,
        report_count=0, opened_at=clock.now(),
    )  # fmt: skip
    known = func.strpos(cases.c.detail, fresh.excluded.detail) > 0
    more = func.concat_ws("; ", func.nullif(cases.c.detail, ""), func.nullif(fresh.excluded.detail, ""))
    kept = {"detail": func.left(case((known, cases.c.detail), else_=more), 2000)}
    found = fresh.on_conflict_do_update(
        index_elements=[cases.c.target_type, cases.c.target_id], index_where=cases.c.closed_at.is_(None), set_=kept
    )
    opened: uuid.UUID = db.execute(found.returning(cases.c.id)).scalar_one()
    return opened


def file(case_id: uuid.UUID, reporter_id: uuid.UUID, reason: str, note: str) -> None:
    """Add somebody's report to an open case; a second one by the same person changes nothing."""
    made = insert(reports).values(
        id=ids.new(), case_id=case_id, reporter_id=reporter_id, reason=reason, note=note, created_at=clock.now()
    )
    if db.row(made.on_conflict_do_nothing().returning(reports.c.id)) is not None:
        one_more = {"report_count": cases.c.report_count + 1}
        db.execute(update(cases).where(cases.c.id == case_id).values(one_more))


def locked(case_id: uuid.UUID) -> Any:
    """Return a case's row, locked."""
    return db.row(select(*cases.c).where(cases.c.id == case_id).with_for_update(**db.LOCK))


def close_about(viewer: Viewer, kind: str, thing_id: uuid.UUID, outcome: str) -> None:
    """Close the open case about a thing, if there is one: something was done about it."""
    which = (cases.c.target_type == kind, cases.c.target_id == thing_id, cases.c.closed_at.is_(None))
    found = db.row(select(cases.c.id).where(*which).with_for_update(**db.LOCK))
    if found is not None:
        close(viewer, found.id, outcome)


def close(viewer: Viewer, case_id: uuid.UUID, outcome: str) -> None:
    """Close a case whose row is locked, and tell everybody once who reported it."""
    done = {"closed_at": clock.now(), "closed_by": viewer.id, "outcome": outcome}
    db.execute(update(cases).where(cases.c.id == case_id).values(done))
    mine = select(reports.c.id, reports.c.reporter_id).where(reports.c.case_id == case_id)
    for row in db.rows(mine.order_by(reports.c.reporter_id)):
        notices.reporter(row.reporter_id, row.id, outcome)


def sweep() -> int:
    """Delete some cases that were closed a year ago, with what was reported and noted. Returns how many.

    What was decided stays: sanctions with their person, the record for ever.
    """
    table = Case.__table__
    return retention.delete_some(table, table.c.closed_at < clock.now() - KEPT, limit=500)
