"""Sanctions: what is done to people and to what they made. Each is checked, done, written down, recorded and told.

One transaction holds all of it. What stands already is not done twice; what was done can be taken back by one step.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from webapp.core import clock, db
from webapp.core.errors import Conflict, NotFound, Refused
from webapp.models import Appeal, Sanction, User
from webapp.moderation import cases, effects, notices, targets
from webapp.moderation.targets import Target
from webapp.policy import audit
from webapp.visibility import Viewer, may

table = Sanction.__table__
sanctions = table.c
appeals = Appeal.__table__
_AGAIN = timedelta(minutes=10)  # the same warning within this time is one that was sent twice
_VERBS = {"role": "promote", "delete": "expel"}


def check(viewer: Viewer, owner: Any, kind: str = "") -> None:
    """Refuse what the viewer may not do to whoever this is: oneself, and people of the same or a higher role."""
    if may(viewer, _VERBS.get(kind, "moderate"), "user", owner):
        return
    if owner.id == viewer.id:
        raise Refused("You can't do this to yourself. Ask somebody else of the team.")
    if kind in _VERBS and not viewer.is_at_least("admin"):
        raise Refused("Only admins of this site can do this.")
    raise Refused("You can only do this to people whose role is lower than yours.")


def impose(
    viewer: Viewer, kind: str, target: Target, reason: str, *, until: datetime | None = None, role: str = "",
    case_id: uuid.UUID | None = None,
) -> uuid.UUID:  # fmt: skip
    """Do something to a person or a thing. Returns the sanction's id; one that stands already is not made again."""
    check(viewer, target.owner, kind)
    if kind not in effects.ALLOWED[target.type]:
        raise Conflict(f"This can't be done to a {target.type}.")
    cases.lock(target.owner.id)
    target = targets.get(viewer, target.type, target.id)  # once more, now that nobody else does anything about it
    check(viewer, target.owner, kind)
    target_type, target_id = _about(kind, target)
    if kind in effects.LIFTS:
        return _lift(viewer, kind, target, reason, case_id)
    stands = standing(kind, target_type, target_id)
    if stands is not None and _same(stands, reason, until):
        return uuid.UUID(str(stands.id))
    before = effects.do(kind, target_type, target_id, target.owner.id, until=until, role=role)
    before |= effects.block(viewer, kind, _photos(target))
    if stands is not None and kind == "suspend":  # for another time: there is one suspension, and one way back
        _mark(stands.id, viewer)
    made = _write(viewer, kind, target, reason, before, until, case_id)
    notices.of(made, role=role)
    return made.id


def _photos(target: Target) -> list[uuid.UUID]:
    return [photo.id for photo in target.shape.media]


def _about(kind: str, target: Target) -> tuple[str, uuid.UUID]:
    """Return what a sanction names: the account, for what is done to it, whatever the reason for it was."""
    return ("user", target.owner.id) if kind in effects.ACCOUNT else (target.type, target.id)


def _same(stands: Any, reason: str, until: datetime | None) -> bool:
    match stands.kind:
        case "warn":
            return bool(stands.reason == reason and stands.created_at > clock.now() - _AGAIN)
        case "suspend":
            return bool(stands.until == until)
        case "role" | "approve":  # what was approved once may have been held again
            return False
        case _:
            return True


def standing(kind: str, target_type: str, target_id: uuid.UUID) -> Any:
    """Return the newest sanction of a kind about a thing that stands, or None."""
    about = (sanctions.target_type == target_type, sanctions.target_id == target_id, sanctions.kind == kind)
    there = select(table).where(*about, sanctions.undone_at.is_(None), in_time())
    return db.row(there.order_by(sanctions.created_at.desc(), sanctions.id.desc()).limit(1))


def in_time() -> Any:
    """Condition on sanctions: their time is not over."""
    return or_(sanctions.until.is_(None), sanctions.until > clock.now())


def _write(
    viewer: Viewer, kind: str, target: Target, reason: str, before: dict[str, Any], until: datetime | None,
    case_id: uuid.UUID | None,
) -> Sanction:  # fmt: skip
    target_type, target_id = _about(kind, target)
    made = Sanction(
        kind=kind, target_type=target_type, target_id=target_id, user_id=target.owner.id, actor_id=viewer.id,
        case_id=case_id, reason=reason, quiet=kind in effects.QUIET, before=before, until=until,
    )  # fmt: skip
    db.add(made)
    facts: dict[str, Any] = {"sanction": str(made.id), "before": before}
    facts |= {"until": until.isoformat()} if until else {}
    facts |= {"case": str(case_id)} if case_id else {}
    audit.write(viewer, kind, target_type, target_id, user_id=target.owner.id, reason=reason, **facts)
    return made


def _lift(viewer: Viewer, kind: str, target: Target, reason: str, case_id: uuid.UUID | None) -> uuid.UUID:
    """Take back what stands, by its own verb. Returns the new sanction's id, or that of whoever was quicker."""
    undone = effects.LIFTS[kind]
    target_type, target_id = _about(kind, target)
    stands = standing(undone, target_type, target_id)
    if stands is None and target.shape.status != _MARKS[undone]:
        earlier = standing(kind, target_type, target_id)
        if earlier is None:
            raise Conflict("There is nothing to take back: this does not stand any more.")
        return uuid.UUID(str(earlier.id))
    if kind == "unsuspend" and standing("delete", target_type, target_id) is not None:
        raise Conflict("An admin has this account deleted: it comes back when that is taken back.")
    before = stands.before if stands is not None else {}
    effects.back(undone, target_type, target_id, target.owner.id, before)
    effects.unblock(viewer, undone, before)
    _wait_again(undone, target_type, target_id, target.owner.id, before)
    if stands is not None:
        _mark(stands.id, viewer)
    lifted = {"lifted": str(stands.id)} if stands is not None else {}
    made = _write(viewer, kind, target, reason, lifted, None, case_id)
    notices.of(made)
    return made.id


_MARKS = {"takedown": "taken_down", "suspend": "suspended", "shadowban": "shadowbanned"}


def _wait_again(kind: str, target_type: str, target_id: uuid.UUID, user_id: uuid.UUID, before: dict[str, Any]) -> None:
    """Put what waits for review now into the queue: it was there before somebody decided."""
    if kind in ("takedown", "approve") and before.get("status") == "held":
        cases.begin(target_type, target_id, user_id, "filter")


def _mark(sanction_id: uuid.UUID, viewer: Viewer, *, undone: bool = True) -> None:
    values = {"undone_at": clock.now() if undone else None, "undone_by": viewer.id if undone else None}
    db.execute(update(table).where(sanctions.id == sanction_id).values(values))
    _settle(sanction_id, viewer, undone=undone)


def _settle(sanction_id: uuid.UUID, viewer: Viewer, *, undone: bool) -> None:
    """Grant an appeal whose decision is taken back, or it would wait for ever: whoever decided may not answer.

    It has no words then, by which it is known if the decision stands again.
    """
    about, values = appeals.c.sanction_id == sanction_id, {"status": "open", "decided_by": None, "decided_at": None}
    if undone:
        about &= appeals.c.status == "open"
        values = {"status": "accepted", "decided_by": viewer.id, "decided_at": clock.now()}
    else:
        about &= (appeals.c.status == "accepted") & (appeals.c.answer == "")
    db.execute(update(appeals).where(about).values(values))


def undo(viewer: Viewer, sanction_id: uuid.UUID, reason: str = "") -> uuid.UUID:
    """Take something back that was done, whatever it was, and tell its person. Twice is once. Returns the id."""
    found = db.row(select(table).where(sanctions.id == sanction_id))
    if found is None:
        raise NotFound
    check(viewer, targets.get(viewer, "user", found.user_id).owner, found.kind)
    if found.kind == "role":
        alone(viewer, found.user_id)
    cases.lock(found.user_id)
    take_back(viewer, sanction_id, "undo", reason)
    return sanction_id


def take_back(
    viewer: Viewer, sanction_id: uuid.UUID, action: str, reason: str, *, quiet: bool = False, **facts: Any
) -> bool:
    """Undo a sanction of a person who is locked, and record it as `action`. False if somebody was quicker.

    `quiet`: whoever calls this tells the person.
    """
    row = db.row(select(table).where(sanctions.id == sanction_id).with_for_update(**db.LOCK))
    if row.undone_at is not None:
        return False
    outlived = _outlived(row)
    if row.kind in effects.LIFTS:
        _again(viewer, row)
    elif not outlived:
        effects.back(row.kind, row.target_type, row.target_id, row.user_id, row.before)
        effects.unblock(viewer, row.kind, row.before)
        _wait_again(row.kind, row.target_type, row.target_id, row.user_id, row.before)
    _mark(row.id, viewer)
    facts |= {"sanction": str(row.id), "kind": row.kind}
    audit.write(viewer, action, row.target_type, row.target_id, user_id=row.user_id, reason=reason, **facts)
    if not quiet and not outlived:  # nothing has changed for its person
        notices.of(row, undone=True, role=row.before.get("role", ""))
    return True


def _outlived(row: Any) -> bool:
    """Tell whether this is over while a later one of its kind stands about the account: that one stays as it is."""
    if row.kind not in effects.LIFTS.values():
        return False
    stands = standing(row.kind, row.target_type, row.target_id)
    return stands is not None and stands.id != row.id


def _again(viewer: Viewer, lift: Any) -> None:
    """Let what was lifted stand again, unless it was done anew meanwhile."""
    original = effects.LIFTS[lift.kind]
    if standing(original, lift.target_type, lift.target_id) is not None or "lifted" not in lift.before:
        return
    first = db.row(select(table).where(sanctions.id == uuid.UUID(lift.before["lifted"])))
    before = effects.do(original, lift.target_type, lift.target_id, lift.user_id, until=first.until)
    if original == "takedown":
        before |= effects.block(viewer, original, _photos(targets.get(viewer, lift.target_type, lift.target_id)))
    # it goes back to how it is now: what its author deleted meanwhile does not come back by it
    db.execute(update(table).where(sanctions.id == first.id).values(before=before))
    _mark(first.id, viewer, undone=False)


def alone(viewer: Viewer, user_id: uuid.UUID) -> None:
    """Let nobody else decide about these two until this transaction ends: two admins who send each other away."""
    for one in sorted({viewer.id, user_id}):
        cases.lock(one)
    if db.scalar(select(User.role).where(User.id == viewer.id)) != "admin":
        raise Refused("You are not an admin any more.")


def change_role(viewer: Viewer, username: str, role: str, reason: str) -> uuid.UUID | None:
    """Give a person another role. Returns the sanction's id, None if it is the person's role already."""
    target = targets.person(viewer, username)
    check(viewer, target.owner, "role")
    if target.owner.role == role:
        return None
    return impose(viewer, "role", target, reason, role=role)


def delete_user(viewer: Viewer, username: str, reason: str) -> uuid.UUID:
    """Have a person's account deleted: hidden at once, erased in 30 days unless it is undone. Returns the id."""
    target = targets.person(viewer, username)
    made = impose(viewer, "delete", target, reason)
    cases.close_about(viewer, "user", target.id, "delete")
    return made
