"""What people are told of a decision: one plain sentence as a notice, some also by mail. Never who decided it."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select

from webapp.core import db, mailer
from webapp.models import User
from webapp.moderation.shapes import verdict
from webapp.notifications import notices

users = User.__table__.c
_ROLES = {"user": "a member", "creator": "a creator", "moderator": "a moderator", "admin": "an admin"}
_DONE = {
    "takedown": "We removed your {thing}: {reason}",
    "warn": "A warning from the people who run this site: {reason}",
    "suspend": "Your account is suspended {until}: {reason}",
    "sensitive": "We covered your {thing}, it is shown to those who ask for it: {reason}",
    "role": "You are {role} of this site now.",
    "delete": "Your account will be deleted: {reason}",
    "approve": "We looked at your {thing}. Everybody who may see it sees it now.",
    "hold": "Your {thing} waits until somebody has looked at it.",
    "restore": "Your {thing} is back. We had removed it.",
    "unsuspend": "Your account is not suspended any more.",
}
_UNDONE = {
    "takedown": "Your {thing} is back. We took our decision back.",
    "warn": "We took a warning back.",
    "suspend": "Your account is not suspended any more. We took our decision back.",
    "sensitive": "Your {thing} is not covered any more. We took our decision back.",
    "role": "You are {role} of this site again.",
    "delete": "Your account stays. We took our decision back.",
    "approve": "Your {thing} waits until somebody has looked at it again.",
    "restore": "We removed your {thing} again: {reason}",
    "unsuspend": "Your account is suspended again {until}: {reason}",
}
_BACK = "decision-undone"
_MAILS = {
    "takedown": "removed", "warn": "warned", "suspend": "suspended", "delete": "expelled", "restore": _BACK,
    "unsuspend": _BACK,
}  # fmt: skip
_BACK_MAILS = {
    "takedown": _BACK, "warn": _BACK, "suspend": _BACK, "delete": _BACK, "restore": "removed", "unsuspend": "suspended",
}  # fmt: skip
_THANKS = {
    "acted": "Thank you for your report. We looked at it and acted.",
    "not_acted": "Thank you for your report. We looked at it and found nothing against our rules. You can "
    "still mute or block whom you don't want to see.",
}


def of(sanction: Any, *, undone: bool = False, role: str = "") -> None:
    """Tell whom a sanction concerns that it was made, or undone. Quiet ones are told to nobody."""
    words = (_UNDONE if undone else _DONE).get(sanction.kind)
    if sanction.quiet or words is None:
        return
    values = {
        "thing": sanction.target_type, "reason": sanction.reason, "until": _until(sanction.until),
        "role": _ROLES.get(role, role),
    }  # fmt: skip
    said = words.format(**values).rstrip(": ")
    notices.tell(sanction.user_id, said, "/appeal", sanction.id)
    template = (_BACK_MAILS if undone else _MAILS).get(sanction.kind)
    if template is not None:
        _mail(template, sanction.user_id, said=said, **values)


def _until(moment: datetime | None) -> str:
    return f"until {moment:%-d %B %Y, %H:%M} UTC" if moment else "without an end"


def _mail(template: str, user_id: uuid.UUID, **values: str) -> None:
    person = db.row(select(users.username, users.email).where(users.id == user_id))
    if person is not None:
        mailer.post(template, person.email, user_id, username=person.username, **values)


def reporter(user_id: uuid.UUID, report_id: uuid.UUID, outcome: str) -> None:
    """Tell somebody what became of a report: whether something was done, not what."""
    notices.tell(user_id, _THANKS[verdict(outcome) or "not_acted"], "/reports", report_id)


def appellant(user_id: uuid.UUID, appeal_id: uuid.UUID, accepted: bool, reason: str) -> None:
    """Tell somebody the answer to an appeal, as a notice and by mail."""
    said = (
        "We looked at our decision again and took it back" if accepted else "We looked at our decision again. It stays"
    )
    notices.tell(user_id, f"{said}: {reason}", "/appeal", appeal_id)
    _mail("appeal-answered", user_id, said=said, reason=reason)
