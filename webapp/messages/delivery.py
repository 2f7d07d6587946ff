"""How a message gets to whom it is for: its number, whose lists it enters, who is let know, and who is not.

A conversation's row is locked while something is written in it, photos before that. Nothing that its sender gets to
know depends on whether the other one blocked them or declined: such a message is `withheld`, all else is the same.
So is all that a shadowbanned person writes.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, Uuid, any_, bindparam, case, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, folding, ids, live, outbox, sessions
from webapp.core.errors import NotFound, Refused
from webapp.models import Block, Conversation, Follow, Message, Participant, User, UserSettings
from webapp.visibility import Viewer, across_a_block, unaware

conversations = Conversation.__table__
places = Participant.__table__
messages = Message.__table__
blocks = Block.__table__.c
follows = Follow.__table__.c
chosen = UserSettings.__table__.c
users = User.__table__.c
_IN = ("accepted", "requested")
_HERE = bindparam("conversation_id", type_=Uuid)
_ASKER = bindparam("asker", type_=Uuid)


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says."""

    content: str = ""
    media_id: uuid.UUID | None = None
    post_id: uuid.UUID | None = None
    story_id: uuid.UUID | None = None


def locked(conversation_id: uuid.UUID) -> Any:
    """Lock a conversation and return its row, for an action that has found it visible, or for a job."""
    row = db.row(_locked(), {"conversation_id": conversation_id})
    if row is None:
        raise NotFound
    return row


@db.prepared
def _locked() -> Any:
    return select(conversations).where(conversations.c.id == _HERE).with_for_update(**db.LOCK)


def around(conversation_id: uuid.UUID) -> dict[uuid.UUID, Any]:
    """Return the places of all who have not left a conversation, by person; and who of them is `shadowbanned`."""
    return {row.user_id: row for row in db.rows(_around(), {"conversation_id": conversation_id})}


@db.prepared
def _around() -> Any:
    here = select(places, users.shadowbanned).join(User.__table__, users.id == places.c.user_id)
    return here.where(places.c.conversation_id == _HERE, places.c.left_at.is_(None))


def stance(person: uuid.UUID, asker: uuid.UUID) -> Any:
    """Return how a person stands to one who writes to them: `blocks`, `follows`, and whom they let write (`lets`)."""
    return db.row(_stance(), {"person": person, "asker": asker})


@db.prepared
def _stance() -> Any:
    return _stances().where(users.id == bindparam("person", type_=Uuid))


@db.prepared
def _stance_here() -> Any:
    """Select the same of the other one of two in their conversation; no row for a group."""
    other = case((conversations.c.low_id == _ASKER, conversations.c.high_id), else_=conversations.c.low_id)
    return _stances().where(users.id == select(other).where(conversations.c.id == _HERE).scalar_subquery())


def _stances() -> Any:
    blocked = exists().where(blocks.blocker_id == users.id, blocks.blocked_id == _ASKER)
    followed = exists().where(follows.follower_id == users.id, follows.followee_id == _ASKER)
    lets = func.coalesce(chosen.who_may_message, "everyone")
    named = select(users.username, blocked.label("blocks"), followed.label("follows"), lets.label("lets"))
    return named.select_from(User).outerjoin(UserSettings.__table__, chosen.user_id == users.id)


def check_welcome(stands: Any) -> None:
    """Refuse to begin a conversation that the other person does not want. Whom one lets write is no secret."""
    if stands.lets == "nobody":
        raise Refused(f"@{stands.username} takes no messages from people they have not talked with.", field="usernames")
    if stands.lets == "followed" and not stands.follows:
        raise Refused(f"@{stands.username} only takes messages from people they follow.", field="usernames")


def write(viewer: Viewer, conversation_id: uuid.UUID, said: Said) -> uuid.UUID:
    """Write a message and take it to whom it is for. Returns its id. To write is to accept."""
    now = clock.now()
    numbered = db.soon(_numbered(), {"conversation_id": conversation_id, "now": now})
    stands = db.soon(_stance_here(), {"conversation_id": conversation_id, "asker": viewer.id})
    people = around(conversation_id)
    talk = numbered.row
    if talk is None or viewer.id not in people or people[viewer.id].state == "declined":
        raise NotFound
    reached, accepted = _one(viewer, people, stands.row) if talk.kind == "direct" else _many(viewer, people)
    withheld = people[viewer.id].shadowbanned or (talk.kind == "direct" and not reached)
    place = {"viewer_id": viewer.id, "conversation_id": talk.id, "seq": talk.last_seq, "now": now}
    whom = {"reached": [viewer.id, *reached], "accepted": [viewer.id, *accepted]}
    message_id = _insert(said, withheld=withheld, **place, **whom)
    sessions.refresh(*accepted)
    live.tell("messages", [viewer.id, *accepted], conversation=talk.id)
    # Also for nobody: the time that sending takes must not tell whether it reaches somebody. The job looks for whom.
    outbox.enqueue("jobs.push.message", talk.id, message_id)
    return message_id


@db.prepared
def _numbered() -> Any:
    """Take the next number in a conversation, which locks it."""
    taken = update(conversations).where(conversations.c.id == _HERE)
    values = {"last_seq": conversations.c.last_seq + 1, "updated_at": bindparam("now")}
    return taken.values(values).returning(conversations.c.id, conversations.c.kind, conversations.c.last_seq)


def _many(viewer: Viewer, people: dict[uuid.UUID, Any]) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """Return whom a message in a group reaches, and which of them take part already."""
    if people[viewer.id].shadowbanned:
        return [], []
    reached = [person for person, place in people.items() if person != viewer.id and place.state in _IN]
    return reached, [person for person in reached if people[person].state == "accepted"]


def _one(viewer: Viewer, people: dict[uuid.UUID, Any], stands: Any) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """Return the other of two if a message reaches them, and again if they have agreed or follow the sender.

    Refused where the other lets nobody, or not this one, begin to write, and has not agreed to this conversation.
    """
    other = next(person for person in people if person != viewer.id)
    state = people[other].state
    if state != "accepted":
        check_welcome(stands)
    agreed = state == "accepted" or stands.follows
    kept = stands.blocks or people[viewer.id].shadowbanned or (state == "declined" and not agreed)
    reached = [] if kept else [other]
    return reached, reached if agreed else []


def _insert(said: Said, **values: Any) -> uuid.UUID:
    message_id = ids.new()
    what = {"content": said.content, "words": list(folding.words(said.content))}
    on = {"media_id": said.media_id, "post_id": said.post_id, "story_id": said.story_id}
    db.along(_written(), {"message_id": message_id, **what, **on, **values})
    return message_id


@db.prepared
def _written() -> Any:
    """Write a message and put it on top of the lists of those whom it reached, in one statement."""
    me, seq, now = bindparam("viewer_id", type_=Uuid), bindparam("seq", type_=BigInteger), bindparam("now")
    names = ("content", "media_id", "post_id", "story_id", "withheld")
    made = insert(messages).values(
        id=bindparam("message_id"), conversation_id=_HERE, seq=seq, sender_id=me, created_at=now,
        words=func.array_to_tsvector(bindparam("words", type_=ARRAY(Text))),
        **{name: bindparam(name) for name in names},
    )  # fmt: skip
    reached, agreed = bindparam("reached", type_=ARRAY(Uuid)), bindparam("accepted", type_=ARRAY(Uuid))
    own = places.c.user_id == me
    newest = {
        "newest_seq": seq, "newest_at": now, "listed": True,
        "state": case((places.c.user_id == any_(agreed), "accepted"), else_=places.c.state),
        "read_seq": case((own, seq), else_=places.c.read_seq), "seen_seq": case((own, seq), else_=places.c.seen_seq),
    }  # fmt: skip
    here = update(places).where(places.c.conversation_id == _HERE, places.c.user_id == any_(reached))
    return here.values(newest).add_cte(made.cte("made"))


def accepted(people: dict[uuid.UUID, Any]) -> list[uuid.UUID]:
    """Return those of the people in a conversation who have agreed to take part."""
    return [person for person, place in people.items() if place.state == "accepted"]


def walled(user_id: uuid.UUID, people: Iterable[uuid.UUID]) -> bool:
    """Tell whether there is a block between a person and one of these, whoever made it."""
    return db.row(across_a_block(user_id, list(people)).limit(1)) is not None


def kept_from(user_id: uuid.UUID, people: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of these people who may not learn what somebody reads and writes just now."""
    return {row.id for row in db.rows(unaware(user_id, list(people)))}
