"""What nobody sees any more goes: messages that all have deleted, conversations that all have left, their photos."""

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, exists, or_, select, true

from webapp.core import db
from webapp.media import actions as media_actions
from webapp.media import queries as media_queries
from webapp.messages import delivery
from webapp.models import Conversation, Media, Message, Participant

conversations = Conversation.__table__
places = Participant.__table__
messages = Message.__table__
media = Media.__table__
_AT_ONCE = 200


def settle(conversation_id: uuid.UUID) -> int:
    """Delete some of what nobody in a conversation sees any more. Returns how much; again until nothing is left."""
    present = [place for place in delivery.around(conversation_id).values() if place.state != "declined"]
    if not present:
        return _end([conversation_id])
    upto = min(place.after_seq for place in present)
    here = (messages.c.conversation_id == conversation_id, messages.c.seq <= upto)
    found = db.rows(select(messages.c.id, messages.c.media_id).where(*here).limit(_AT_ONCE))
    _discard([row.media_id for row in found])
    db.execute(delete(messages).where(messages.c.id.in_([row.id for row in found])))
    return len(found)


def _discard(media_ids: Sequence[uuid.UUID | None]) -> None:
    """Delete photos, in one order."""
    for media_id in sorted(one for one in media_ids if one):
        photo = media_queries.locked(media_id)
        if photo is not None:
            media_actions.discard(photo)


def _end(talks: Sequence[uuid.UUID], *, but: uuid.UUID | None = None) -> int:
    """Delete conversations with all photos in them (`but` those of one person, whose are deleted by themselves)."""
    shown = select(media.c.id).join(messages, messages.c.media_id == media.c.id)
    photos = shown.where(messages.c.conversation_id.in_(talks), media.c.owner_id != but if but else true())
    _discard([row.id for row in db.rows(photos)])
    gone = delete(conversations).where(conversations.c.id.in_(talks))
    return len(db.rows(gone.returning(conversations.c.id)))


def end_of(user_id: uuid.UUID) -> int:
    """Delete some of the conversations of two that go with an account. Returns how many."""
    two = or_(conversations.c.low_id == user_id, conversations.c.high_id == user_id)
    found = [row.id for row in db.rows(select(conversations.c.id).where(two).limit(20))]
    return _end(found, but=user_id) if found else 0


def sweep() -> int:
    """Delete conversations in which nobody is left. Returns how many."""
    there = (places.c.conversation_id == conversations.c.id, places.c.left_at.is_(None), places.c.state != "declined")
    empty = ~exists().where(*there).correlate(conversations)
    found = [row.id for row in db.rows(select(conversations.c.id).where(empty).limit(_AT_ONCE))]
    return _end(found) if found else 0
