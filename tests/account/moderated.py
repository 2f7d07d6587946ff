"""A person in every table of moderation and of the site's rules: as whom it is about, and as who decided."""

import uuid

from sqlalchemy import select

from tests import make
from webapp.core import clock, db
from webapp.models import (
    AccessRule,
    Announcement,
    Appeal,
    BlockedHash,
    Case,
    CaseNote,
    Filter,
    Invite,
    Joining,
    Media,
    Notice,
    Report,
)
from webapp.policy import audit


def moderate(person: make.Person, other: make.Person) -> None:
    """Make one of each: about the person, and by the person about another."""
    with make.unit():
        for one, by in ((person, other), (other, person)):
            _decided(one, by)
        photo = select(Media.__table__.c.id).where(Media.__table__.c.owner_id == person.id)
        db.add(BlockedHash(hash=1, media_id=db.scalar(photo.limit(1)), created_by=person.id))
        db.add(Filter(phrase="word", folded="word", action="hold", created_by=person.id))
        db.add(AccessRule(domain="example.net", action="refuse", created_by=person.id))
        db.add(Announcement(text="Maintenance at noon", created_by=person.id))
        invite = Invite(most=1, used=1, created_by=person.id)
        db.add(invite)
        db.add(Joining(user_id=person.id, invite_id=invite.id, words="Quinwish"))
        audit.write(None, "suspend", "user", person.id, user_id=person.id, reason="Spam.")


def _decided(one: make.Person, by: make.Person) -> None:
    """Make a case about somebody with all that hangs on it: reported, noted, decided, told, appealed."""
    mark = "Quin" if one.username.startswith("quin") else "Ben"
    case = Case(
        target_type="user", target_id=one.id, user_id=one.id, assignee_id=by.id, closed_by=by.id,
        closed_at=clock.now(), outcome="warn",
    )  # fmt: skip
    db.add(case)
    db.add(Report(case_id=case.id, reporter_id=by.id, reason="spam", note="As one sees"))
    db.add(CaseNote(case_id=case.id, author_id=by.id, content="Look at this"))
    decided = make.sanction("warn", one, f"{mark} knows why", actor_id=by.id, case_id=case.id, undone_by=by.id)
    db.add(decided)
    db.add(Appeal(sanction_id=decided.id, user_id=one.id, content=f"{mark} asks again", decided_by=by.id))
    db.add(Notice(user_id=one.id, words=f"{mark} was warned", path="/appeal", subject_id=uuid.uuid4()))
