"""Writes of moderation. Whatever staff do here stands in the record, written in the same transaction."""

import uuid
from typing import Any

from sqlalchemy import select, update

from webapp.core import db, ids
from webapp.core.errors import AppError, Conflict
from webapp.models import Case, CaseNote
from webapp.moderation import appeals, cases, history, queries, sanctions, shapes, targets
from webapp.moderation.schemas import (
    Assignment,
    BulkResolution,
    Decision,
    NewAppeal,
    NewCaseNote,
    NewReport,
    Resolution,
    SensitiveReason,
)
from webapp.moderation.targets import Target
from webapp.policy import audit
from webapp.visibility import Viewer

table = Case.__table__


def report(viewer: Viewer, asked: NewReport) -> shapes.Report:
    """Say that something should be looked at. While one's report about it is open, another one is the same one."""
    found = targets.reported(viewer, asked.target_type, asked.target_id)
    case_id = cases.begin(found.type, found.id, found.user_id, "report", _kept(found))
    cases.file(case_id, viewer.id, asked.reason, asked.note)
    return queries.own_report(viewer, case_id)


def _kept(found: targets.Reported) -> str:
    """Return what is kept of the thing itself: of a message its words, which its sender could delete for everybody."""
    return f"As it was reported: {found.words}" if found.type == "message" and found.words else ""


def flag(viewer: Viewer, username: str, reason: str) -> shapes.CaseDetail:
    """Put a person into the queue, for others to look at."""
    target = targets.person(viewer, username)
    sanctions.check(viewer, target.owner)
    case_id = cases.begin("user", target.id, target.owner.id, "flag", reason)
    audit.write(viewer, "flag", "user", target.id, user_id=target.owner.id, reason=reason, case=str(case_id))
    return queries.case(viewer, case_id)


def assign(viewer: Viewer, name: str, asked: Assignment) -> shapes.CaseDetail:
    """Let somebody of the team take care of a case, or nobody."""
    case_id = queries.case_id(viewer, name)
    row = cases.locked(case_id)
    assignee = targets.person(viewer, asked.username).owner if asked.username else None
    if assignee is not None and assignee.role not in ("moderator", "admin"):
        raise Conflict("Only moderators and admins can take care of a case.")
    new = assignee.id if assignee else None
    if row.assignee_id != new:
        db.execute(update(table).where(table.c.id == case_id).values(assignee_id=new))
        facts: dict[str, Any] = {"case": str(case_id), "assignee": str(new) if new else None}
        audit.write(viewer, "assign", row.target_type, row.target_id, user_id=row.user_id, **facts)
    return queries.case(viewer, case_id)


def note(viewer: Viewer, name: str, asked: NewCaseNote) -> shapes.CaseDetail:
    """Write something for the other moderators."""
    case_id = queries.case_id(viewer, name)
    row = cases.locked(case_id)
    made = CaseNote(case_id=case_id, author_id=viewer.id, content=asked.content)
    db.add(made)
    facts = {"case": str(case_id), "note": str(made.id)}
    audit.write(viewer, "note", row.target_type, row.target_id, user_id=row.user_id, **facts)
    return queries.case(viewer, case_id)


def resolve(viewer: Viewer, name: str, asked: Resolution) -> shapes.CaseDetail:
    """Decide a case: do something, or nothing. Whoever comes second learns who was quicker, and what they did."""
    case_id = queries.case_id(viewer, name)
    found = db.row(select(table.c.user_id).where(table.c.id == case_id))
    cases.lock(found.user_id)
    row = cases.locked(case_id)
    if row.closed_at is not None:
        return _decided(viewer, row, asked.action)
    target = _target(viewer, row)
    sanctions.check(viewer, queries.owner(viewer, row, target))
    if asked.action == "dismiss":
        _dismiss(viewer, row, target, asked.reason)
    else:
        _do(viewer, row, target, asked)
    cases.close(viewer, case_id, asked.action)
    return queries.case(viewer, case_id)


def _target(viewer: Viewer, row: Any) -> Target | None:
    return targets.several(viewer, [(row.target_type, row.target_id)]).get((row.target_type, row.target_id))


def _decided(viewer: Viewer, row: Any, action: str) -> shapes.CaseDetail:
    """Return what was decided, if the same moderator says the same once more."""
    if row.closed_by == viewer.id and row.outcome == action:
        return queries.case(viewer, row.id)
    who = history.people(viewer, [row.closed_by]).get(row.closed_by)
    raise Conflict(f"@{who.username if who else 'Somebody'} has closed this case already: {row.outcome}.")


def _dismiss(viewer: Viewer, row: Any, target: Target | None, reason: str) -> None:
    if target is not None and target.shape.status == "held":
        raise Conflict("This waits for review: approve it, or take it down.")
    facts = {"case": str(row.id)}
    audit.write(viewer, "dismiss", row.target_type, row.target_id, user_id=row.user_id, reason=reason, **facts)


def _do(viewer: Viewer, row: Any, target: Target | None, asked: Resolution) -> None:
    if target is None:
        raise Conflict("What this is about is gone. Dismiss the case.")
    sanctions.impose(viewer, asked.action, target, asked.reason, until=asked.until, case_id=row.id)


def resolve_many(viewer: Viewer, asked: BulkResolution) -> shapes.BulkOutcomes:
    """Decide several cases alike. What can't be done to one of them is said beside it, and keeps no other back."""
    one = Resolution(action=asked.action, reason=asked.reason, until=asked.until)
    found = {name: _person_of(viewer, name) for name in dict.fromkeys(asked.ids)}
    done = {name: _try(viewer, name, one) for name in sorted(found, key=lambda name: found[name])}  # no deadlocks
    return shapes.BulkOutcomes([done[name] for name in found])


def _person_of(viewer: Viewer, name: str) -> str:
    """Return by whom a case is locked, as text to sort by."""
    found = ids.parse(name)
    return str(db.scalar(select(table.c.user_id).where(table.c.id == found))) if found else ""


def _try(viewer: Viewer, name: str, asked: Resolution) -> shapes.BulkOutcome:
    try:
        with db.session().begin_nested():
            outcome = resolve(viewer, name, asked).outcome
    except AppError as error:
        return shapes.BulkOutcome(name, error.status, None, error.sentence)
    return shapes.BulkOutcome(name, 200, outcome, "")


def act(viewer: Viewer, kind: str, target_type: str, name: str, asked: Any) -> shapes.Action:
    """Do something to a thing or a person without a case; an open one about it is closed by it. Twice is once."""
    target = _named(viewer, target_type, name)
    if isinstance(asked, SensitiveReason) and not asked.sensitive:
        return _uncover(viewer, target, asked.reason)
    until = getattr(asked, "until", None)
    done = sanctions.impose(viewer, kind, target, asked.reason, until=until)
    cases.close_about(viewer, target.type, target.id, kind)
    return history.action(viewer, done)


def _named(viewer: Viewer, target_type: str, name: str) -> Target:
    if target_type == "user":
        return targets.person(viewer, name)
    found = ids.parse(name)
    return targets.get(viewer, target_type, found if found else uuid.UUID(int=0))


def _uncover(viewer: Viewer, target: Target, reason: str) -> shapes.Action:
    stands = sanctions.standing("sensitive", target.type, target.id)
    if stands is None:
        raise Conflict("Moderators did not cover this.")
    return undo(viewer, str(stands.id), reason)


def undo(viewer: Viewer, name: str, reason: str) -> shapes.Action:
    """Take something back that was done. Twice is once."""
    found = ids.parse(name)
    return history.action(viewer, sanctions.undo(viewer, found if found else uuid.UUID(int=0), reason))


def appeal(viewer: Viewer, asked: NewAppeal) -> shapes.Appeal:
    """Ask to look at a decision about oneself again."""
    return appeals.ask(viewer, asked)


def decide(viewer: Viewer, name: str, asked: Decision) -> shapes.AppealCase:
    """Answer an appeal."""
    return appeals.decide(viewer, name, asked)


def open_about(target_type: str, target_id: uuid.UUID, source: str, detail: str) -> None:
    """Put a thing into the queue that a rule of the site noticed. Twice is once; what is gone is left out."""
    user_id = targets.owner_of(target_type, target_id)
    if user_id is not None:
        cases.begin(target_type, target_id, user_id, source, detail)
