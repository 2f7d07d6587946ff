"""Appeals: once for each decision, answered by somebody else than who took it."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, ids
from webapp.core.errors import Conflict, NotFound, Refused
from webapp.core.page import Ask, Page, cut
from webapp.models import Appeal, Sanction
from webapp.moderation import cases, history, notices, sanctions, shapes, targets
from webapp.moderation.schemas import AppealsAsk, Decision, NewAppeal
from webapp.policy import audit
from webapp.visibility import Viewer, may

appeals = Appeal.__table__
table = Sanction.__table__
_TOLD = ("takedown", "warn", "suspend", "sensitive", "delete", "role")  # of what one reads what was done to one
_APPEALED = ("takedown", "warn", "suspend", "sensitive", "delete")
_ASKED = ("id", "sanction_id", "user_id", "content", "status", "answer", "decided_by", "created_at", "decided_at")


def own(viewer: Viewer, ask: Ask) -> Page[shapes.OwnAction]:
    """Return what moderators did to the viewer and to what they made, as far as that is told, the latest first."""
    mine = select(*table.c, *(appeals.c[name].label(f"appeal_{name}") for name in _ASKED))
    mine = mine.outerjoin(appeals, appeals.c.sanction_id == table.c.id)
    mine = mine.where(table.c.user_id == viewer.id, ~table.c.quiet, table.c.kind.in_(_TOLD))
    after = ask.after("decisions", (datetime, uuid.UUID))
    if after:
        mine = mine.where(tuple_(table.c.created_at, table.c.id) < after)
    ordered = mine.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(ask.limit + 1)
    page = cut(db.rows(ordered), ask, "decisions", lambda row: (row.created_at, row.id))
    return page.map(lambda rows: [_own(row) for row in rows])


def _own(row: Any) -> shapes.OwnAction:
    asked = None
    if row.appeal_id is not None:
        asked = shapes.appeal(SimpleNamespace(**{name: getattr(row, f"appeal_{name}") for name in _ASKED}))
    return shapes.OwnAction(
        row.id, row.kind, row.reason, shapes.ActionTarget(row.target_type, row.target_id), row.until, row.created_at,
        row.undone_at, asked, asked is None and row.undone_at is None and row.kind in _APPEALED,
    )  # fmt: skip


def ask(viewer: Viewer, asked: NewAppeal) -> shapes.Appeal:
    """Ask to look at a decision again. The same words again are one appeal; other words come too late."""
    sanction = _appealed(viewer, asked.action_id)
    made = insert(appeals).values(
        id=ids.new(), sanction_id=sanction, user_id=viewer.id, content=asked.content, status="open", answer="",
        created_at=clock.now(),
    )  # fmt: skip
    db.execute(made.on_conflict_do_nothing(index_elements=[appeals.c.sanction_id]))
    row = db.row(select(appeals).where(appeals.c.sanction_id == sanction))
    if row.content != asked.content:
        raise Conflict("You have asked to look at this again already. Please wait for the answer.")
    return shapes.appeal(row)


def _appealed(viewer: Viewer, name: str | None) -> uuid.UUID:
    """Return which decision is meant. Without a name, the newest that stands and that nobody was asked about."""
    mine = select(table.c.id, table.c.undone_at, table.c.kind).where(table.c.user_id == viewer.id, ~table.c.quiet)
    mine = mine.where(table.c.kind.in_(_TOLD))
    if name is None:
        asked = select(appeals.c.id).where(appeals.c.sanction_id == table.c.id).correlate(table).exists()
        mine = mine.where(table.c.kind.in_(_APPEALED), table.c.undone_at.is_(None), sanctions.in_time(), ~asked)
        row = db.row(mine.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(1))
        if row is None:
            raise Conflict("There is no decision that you could ask to look at again.")
        return uuid.UUID(str(row.id))
    row = db.row(mine.where(table.c.id == ids.parse(name))) if ids.parse(name) else None
    if row is None:
        raise NotFound
    if row.undone_at is not None or row.kind not in _APPEALED:
        raise Conflict("This does not stand any more: there is nothing to look at again.")
    return uuid.UUID(str(row.id))


def listed(viewer: Viewer, asked: AppealsAsk) -> Page[shapes.AppealCase]:
    """Return others' appeals: open ones the longest waiting first, answered ones the last first."""
    is_open, page = asked.status == "open", Ask(asked.limit, asked.cursor)
    at = appeals.c.created_at if is_open else appeals.c.decided_at
    place = tuple_(at, appeals.c.id)
    statement = _for(viewer).where(appeals.c.status == asked.status).limit(page.limit + 1)
    after = page.after(f"appeals-{asked.status}", (datetime, uuid.UUID))
    if after:
        statement = statement.where(place > after if is_open else place < after)
    statement = statement.order_by(at, appeals.c.id) if is_open else statement.order_by(at.desc(), appeals.c.id.desc())
    key = "created_at" if is_open else "decided_at"
    found = cut(db.rows(statement), page, f"appeals-{asked.status}", lambda row: (getattr(row, key), row.id))
    return found.map(lambda rows: _shaped(viewer, rows))


def _for(viewer: Viewer) -> Any:
    return select(appeals).where(appeals.c.user_id != viewer.id)


def get(viewer: Viewer, name: str) -> shapes.AppealCase:
    """Return an appeal. NotFound if there is none for this moderator."""
    found = ids.parse(name)
    rows = db.rows(_for(viewer).where(appeals.c.id == found)) if found else []
    if not rows:
        raise NotFound
    return _shaped(viewer, rows)[0]


def _shaped(viewer: Viewer, rows: Sequence[Any]) -> list[shapes.AppealCase]:
    about = db.rows(select(*table.c).where(table.c.id.in_([row.sanction_id for row in rows])))
    actions = {action.id: action for action in history.shaped(viewer, about)}
    people = history.people(viewer, [one for row in rows for one in (row.user_id, row.decided_by)])
    actors = {one.id: one.actor_id for one in about}
    shown = []
    for row in rows:
        plain = shapes.appeal(row)
        who = SimpleNamespace(actor_id=actors[row.sanction_id], user_id=row.user_id)
        can = ["decide"] if row.status == "open" and may(viewer, "decide", "appeal", who) else []
        shown.append(
            shapes.AppealCase(
                plain.id, plain.action_id, plain.content, plain.status, plain.answer, plain.created_at,
                plain.decided_at, people.get(row.user_id), actions[row.sanction_id], people.get(row.decided_by), can,
            )
        )  # fmt: skip
    return shown


def decide(viewer: Viewer, name: str, asked: Decision) -> shapes.AppealCase:
    """Answer an appeal: take the decision back, or let it stand. Somebody else must have taken it."""
    shown = get(viewer, name)
    user_id, kind = db.row(_about(shown.id))
    sanctions.check(viewer, targets.get(viewer, "user", user_id).owner, kind)
    cases.lock(user_id)
    row = db.row(select(appeals).where(appeals.c.id == shown.id).with_for_update(**db.LOCK))
    sanction = db.row(select(table).where(table.c.id == row.sanction_id))
    accepted = asked.decision == "accept"
    if not may(viewer, "decide", "appeal", SimpleNamespace(actor_id=sanction.actor_id, user_id=user_id)):
        raise Refused("You took this decision yourself. Somebody else of the team has to look at it again.")
    if row.status != "open":
        return _answered(viewer, name, row, accepted)
    _answer(viewer, row.id, "accepted" if accepted else "rejected", asked.reason)
    _record(viewer, row, sanction, accepted, asked.reason)
    notices.appellant(user_id, row.id, accepted, asked.reason)
    return get(viewer, name)


def _about(appeal_id: uuid.UUID) -> Any:
    """Select whose appeal it is, and against what kind of decision: it is answered by those who may take that."""
    joined = select(appeals.c.user_id, table.c.kind).join(table, table.c.id == appeals.c.sanction_id)
    return joined.where(appeals.c.id == appeal_id)


def _answered(viewer: Viewer, name: str, row: Any, accepted: bool) -> shapes.AppealCase:
    """Return what was answered already, if the same person says the same once more."""
    if row.decided_by == viewer.id and row.status == ("accepted" if accepted else "rejected"):
        return get(viewer, name)
    who = history.people(viewer, [row.decided_by]).get(row.decided_by)
    raise Conflict(f"@{who.username if who else 'somebody'} has answered this already: {row.status}.")


def _answer(viewer: Viewer, appeal_id: uuid.UUID, status: str, answer: str) -> None:
    values = {"status": status, "answer": answer, "decided_by": viewer.id, "decided_at": clock.now()}
    db.execute(update(appeals).where(appeals.c.id == appeal_id).values(values))


def _record(viewer: Viewer, row: Any, sanction: Any, accepted: bool, reason: str) -> None:
    """Take the decision back, if that is the answer and nobody did before, and write it down: once either way."""
    facts = {"appeal": str(row.id)}
    if accepted and sanctions.take_back(viewer, sanction.id, "appeal-accept", reason, quiet=True, **facts):
        return
    action = "appeal-accept" if accepted else "appeal-reject"
    about = (sanction.target_type, sanction.target_id)
    audit.write(viewer, action, *about, user_id=row.user_id, reason=reason, sanction=str(sanction.id), **facts)
