"""Writes of conversations: begin, say, read, answer requests, come and go. Nobody is told who declined or blocked."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from werkzeug.datastructures import FileStorage

from webapp.core import clock, db, ids, live, outbox, sessions
from webapp.core.errors import Conflict, Invalid, NotFound, Refused
from webapp.media import actions as media_actions
from webapp.media import queries as media_queries
from webapp.media.actions import Arrived
from webapp.messages import delivery, queries, shapes
from webapp.messages.delivery import Said
from webapp.messages.schemas import MOST_PEOPLE, MessageForm, NewConversation, NewMessage, Shared
from webapp.models import Conversation, Media, Message, Participant
from webapp.posts import queries as post_queries
from webapp.users import queries as user_queries
from webapp.visibility import Viewer, confirmed_first, may

conversations = Conversation.__table__
places = Participant.__table__
messages = Message.__table__
_EMPTY = "Write something, or choose a photo."


def begin(viewer: Viewer, asked: NewConversation) -> tuple[shapes.Conversation, bool]:
    """Begin a conversation, or go on with that of the same two people. Returns it, and whether it is new."""
    confirmed_first(viewer)
    people = _named(viewer, asked.usernames)
    there, new = _direct(viewer, people[0]) if len(people) == 1 else _group(viewer, people, asked.title)
    if asked.content:
        delivery.write(viewer, there, Said(asked.content))
    return queries.get(viewer, there), new


def _named(viewer: Viewer, names: Sequence[str]) -> list[uuid.UUID]:
    """Return who these people are, oneself left out. NotFound if one does not exist for the viewer."""
    found = user_queries.known(viewer, names)
    missing = [name for name in names if name not in found]
    if missing:
        raise NotFound(f"There is nobody called {missing[0]} here. Check the name.", field="usernames")
    people = list(dict.fromkeys(person for name in names if (person := found[name]) != viewer.id))
    if not people:
        raise Invalid({"usernames": ["Name somebody other than yourself."]})
    return people


def _direct(viewer: Viewer, person: uuid.UUID) -> tuple[uuid.UUID, bool]:
    """Return the conversation of two people, made if there is none, and whether it is new."""
    low, high = sorted((viewer.id, person))
    now, stands = clock.now(), delivery.stance(person, viewer.id)
    values = {"id": ids.new(), "kind": "direct", "low_id": low, "high_id": high, "created_at": now, "updated_at": now}
    made = insert(conversations).values(values).on_conflict_do_nothing()
    new = db.row(made.returning(conversations.c.id))
    two = select(conversations.c.id).where(conversations.c.low_id == low, conversations.c.high_id == high)
    conversation_id: uuid.UUID = new.id if new else db.scalar(two)
    if new:
        _enter(conversation_id, {viewer.id: "accepted", person: "accepted" if stands.follows else "requested"})
    delivery.locked(conversation_id)
    people = delivery.around(conversation_id)
    if people[person].state != "accepted":
        delivery.check_welcome(stands)
    if people[viewer.id].state != "accepted":
        _place(viewer, conversation_id, state="accepted")
    return conversation_id, new is not None


def _group(viewer: Viewer, people: list[uuid.UUID], title: str) -> tuple[uuid.UUID, bool]:
    now, conversation_id = clock.now(), ids.new()
    values = {"id": conversation_id, "kind": "group", "title": title, "created_at": now, "updated_at": now}
    db.execute(insert(conversations).values(values))
    _enter(conversation_id, {viewer.id: "accepted"}, listed=True)
    _add(viewer, delivery.locked(conversation_id), people)
    return conversation_id, True


def _enter(conversation_id: uuid.UUID, states: dict[uuid.UUID, str], seq: int = 0, *, listed: bool = False) -> None:
    """Give people a place, in this order. What was said before, up to `seq`, is not there for them."""
    now = clock.now()
    rows: list[dict[str, Any]] = [
        {
            "conversation_id": conversation_id, "user_id": person, "state": state, "read_seq": seq, "seen_seq": seq,
            "after_seq": seq, "newest_seq": seq, "newest_at": now, "listed": listed and state != "declined",
            "joined_at": now + timedelta(microseconds=number), "left_at": None,
        }
        for number, (person, state) in enumerate(states.items())
    ]  # fmt: skip
    if rows:
        made = insert(places).values(rows)
        key = ["conversation_id", "user_id"]
        anew = {name: made.excluded[name] for name in rows[0] if name not in key}
        db.execute(made.on_conflict_do_update(index_elements=key, set_=anew))


def _place(viewer: Viewer, conversation_id: uuid.UUID, *which: Any, **values: Any) -> Any:
    """Change the viewer's own place in a conversation. Returns its row, None if `which` does not hold of it."""
    own = (places.c.conversation_id == conversation_id, places.c.user_id == viewer.id)
    return db.row(update(places).where(*own, *which).values(**values).returning(*places.c))


def send(viewer: Viewer, conversation_id: uuid.UUID, asked: NewMessage) -> uuid.UUID:
    """Say something: words, a photo that was uploaded, a post. Returns the message's id.

    The photo is shown as soon as it is ready.
    """
    queries.check(viewer, conversation_id)
    confirmed_first(viewer)
    if not (asked.content or asked.media_id or asked.post_id):
        raise Invalid({"content": [_EMPTY]})
    photo = _taken(viewer, asked.media_id) if asked.media_id else None
    post_id = post_queries.get(viewer, asked.post_id).id if asked.post_id else None
    return delivery.write(viewer, conversation_id, Said(asked.content, photo, post_id))


def _taken(viewer: Viewer, media_id: uuid.UUID) -> uuid.UUID:
    """Take one of one's uploaded photos for a message."""
    photo = media_queries.get(viewer, media_id, lock=True)
    media_queries.check_free(photo, "message")
    return _used(photo)


def _used(photo: Media) -> uuid.UUID:
    photo.in_use = True
    db.session().flush()
    return photo.id


def take_in(viewer: Viewer, asked: MessageForm, files: Sequence[FileStorage]) -> Arrived | None:
    """Store the photo of a plain form, if one came, for `send_form`; no transaction waits for it."""
    confirmed_first(viewer)
    if not (asked.content or files):
        raise Invalid({"content": [_EMPTY]})
    if len(files) > 1:
        raise Invalid({"photo": ["A message takes one photo. Send the others in messages of their own."]})
    return media_actions.stow(files)[0] if files else None


def send_form(viewer: Viewer, conversation_id: uuid.UUID, asked: MessageForm, photo: Arrived | None) -> uuid.UUID:
    """Say something by a plain form, with the photo that came with it. Returns the message's id."""
    queries.check(viewer, conversation_id)
    shown = _used(media_actions.receive(viewer, photo, purpose="message")) if photo else None
    return delivery.write(viewer, conversation_id, Said(asked.content, shown))


def share(viewer: Viewer, post_id: uuid.UUID, asked: Shared) -> shapes.Conversation:
    """Send a post into one of one's conversations, or to people by name. Returns where it went."""
    confirmed_first(viewer)
    post = post_queries.get(viewer, post_id)
    if asked.usernames:
        there = begin(viewer, NewConversation(usernames=asked.usernames))[0].id
    elif asked.conversation_id:
        there = queries.check(viewer, asked.conversation_id).id
    else:
        raise Invalid({"usernames": ["Choose a conversation, or name somebody."]})
    delivery.write(viewer, there, Said(asked.content, post_id=post.id))
    return queries.get(viewer, there)


def answer_story(viewer: Viewer, story_id: uuid.UUID, author_id: uuid.UUID, content: str) -> shapes.Message:
    """Answer a story, which the caller has found visible, in the conversation with its author."""
    confirmed_first(viewer)
    there = _direct(viewer, author_id)[0]
    return queries.message(viewer, delivery.write(viewer, there, Said(content, story_id=story_id)))


def delete(viewer: Viewer, message_id: uuid.UUID) -> shapes.Message:
    """Delete what one said, for everybody: nothing stays but its place. Twice is once."""
    shape = queries.message(viewer, message_id)
    if shape.deleted and shape.sender.id == viewer.id:
        return shape
    if not may(viewer, "delete", "message", shape):
        raise Refused("You can only delete what you said yourself.")
    photo = media_queries.locked(shape.media.id) if shape.media else None
    bare = {"content": "", "words": "", "media_id": None, "post_id": None, "story_id": None}
    gone = update(messages).where(messages.c.id == message_id, messages.c.deleted_at.is_(None))
    row = db.row(gone.values(deleted_at=clock.now(), **bare).returning(messages.c.withheld))
    if photo is not None and row is not None:
        media_actions.discard(photo)
    people = [viewer.id] if row is None or row.withheld else _taking_part(shape.conversation_id)
    sessions.refresh(*people)
    live.tell("messages", people, conversation=shape.conversation_id, message=message_id)
    return queries.message(viewer, message_id)


def _taking_part(conversation_id: uuid.UUID) -> list[uuid.UUID]:
    return delivery.accepted(delivery.around(conversation_id))


def read(viewer: Viewer, conversation_id: uuid.UUID, seq: int) -> shapes.Conversation:
    """Note that the viewer has read up to a message. Others learn of it, unless one keeps that from one of them."""
    queries.check(viewer, conversation_id)
    upto = func.least(seq, places.c.newest_seq)
    place = _place(viewer, conversation_id, places.c.read_seq < upto, read_seq=upto)
    if place is not None and place.state == "accepted":
        sessions.refresh(viewer.id)
        people = delivery.around(conversation_id)
        # told to nobody if to one of them: a mark that one person lacks and another has would say why
        if not delivery.kept_from(viewer.id, people):
            _place(viewer, conversation_id, seen_seq=place.read_seq)
            others = [person for person in delivery.accepted(people) if person != viewer.id]
            live.tell("read", others, conversation=conversation_id, user=viewer.id, seq=place.read_seq)
    return queries.get(viewer, conversation_id)


def typing(viewer: Viewer, conversation_id: uuid.UUID) -> None:
    """Let those who have the conversation open know that the viewer is writing something."""
    if queries.check(viewer, conversation_id).state == "accepted":
        others = {person for person in _taking_part(conversation_id) if person != viewer.id}
        told = others - delivery.kept_from(viewer.id, others)
        live.tell("typing", told, conversation=conversation_id, user=viewer.id)


def accept(viewer: Viewer, conversation_id: uuid.UUID) -> shapes.Conversation:
    """Take part in a conversation that one is asked into. Twice is once."""
    queries.check(viewer, conversation_id)
    if _place(viewer, conversation_id, places.c.state == "requested", state="accepted") is not None:
        sessions.refresh(viewer.id)
    return queries.get(viewer, conversation_id)


def decline(viewer: Viewer, conversation_id: uuid.UUID) -> None:
    """Turn a request down. Nobody is told: to whoever asked, all looks as if one had not answered. Twice is once."""
    own = (places.c.conversation_id == conversation_id, places.c.user_id == viewer.id)
    found = db.row(select(places.c.state).where(*own, places.c.left_at.is_(None)))
    if found is None:
        raise NotFound
    upto = places.c.newest_seq
    asked = places.c.state != "accepted"  # also now: it may be accepted, or written in, at the same time
    if _place(viewer, conversation_id, asked, state="declined", listed=False, after_seq=upto, read_seq=upto) is None:
        raise Conflict("You take part in this conversation already. Delete it for yourself, or leave it.")


def leave(viewer: Viewer, conversation_id: uuid.UUID) -> None:
    """Leave a group. What one said stays."""
    if "leave" not in queries.get(viewer, conversation_id).can:
        raise Refused("Only a group can be left. Delete this conversation for yourself instead.")
    _go(conversation_id, [viewer.id])


def _go(conversation_id: uuid.UUID, people: list[uuid.UUID]) -> None:
    delivery.locked(conversation_id)
    gone = update(places).where(places.c.conversation_id == conversation_id, places.c.user_id.in_(people))
    db.execute(gone.where(places.c.left_at.is_(None)).values(left_at=clock.now(), listed=False))
    sessions.refresh(*people)
    left = _taking_part(conversation_id)
    live.tell("messages", [*left, *people], conversation=conversation_id)
    outbox.enqueue("jobs.messages.settle", conversation_id)


def forget(viewer: Viewer, conversation_id: uuid.UUID) -> None:
    """Delete a conversation for oneself: what was said is gone from one's view, and others keep theirs."""
    queries.check(viewer, conversation_id)
    seq = delivery.locked(conversation_id).last_seq
    _place(viewer, conversation_id, listed=False, after_seq=seq, read_seq=seq)
    sessions.refresh(viewer.id)
    outbox.enqueue("jobs.messages.settle", conversation_id)


def rename(viewer: Viewer, conversation_id: uuid.UUID, title: str) -> shapes.Conversation:
    """Give a group a title, or none: then its people's names stand for it."""
    if "rename" not in queries.get(viewer, conversation_id).can:
        raise Refused("Only groups have a title, and whoever takes part in one gives it.")
    confirmed_first(viewer)
    delivery.locked(conversation_id)
    people = _still_in(viewer, conversation_id)
    if people[viewer.id].shadowbanned:
        _place(viewer, conversation_id, own_title=title)
        people = {viewer.id: people[viewer.id]}
    else:
        db.execute(update(conversations).where(conversations.c.id == conversation_id).values(title=title))
        db.execute(update(places).where(places.c.conversation_id == conversation_id).values(own_title=None))
    live.tell("messages", delivery.accepted(people), conversation=conversation_id)
    return queries.get(viewer, conversation_id)


def _still_in(viewer: Viewer, conversation_id: uuid.UUID) -> dict[uuid.UUID, Any]:
    """Return who is in a conversation that the caller has locked. NotFound if the viewer left it or was taken out."""
    people = delivery.around(conversation_id)
    if viewer.id not in people:
        raise NotFound
    return people


def add(viewer: Viewer, conversation_id: uuid.UUID, names: Sequence[str]) -> shapes.Conversation:
    """Ask people into a group; whoever follows the viewer takes part at once. They see what is said from now on."""
    if "add" not in queries.get(viewer, conversation_id).can:
        raise Refused("People are added to groups, by those who take part. Begin a new group to talk with several.")
    confirmed_first(viewer)
    _add(viewer, delivery.locked(conversation_id), _named(viewer, names))
    live.tell("messages", _taking_part(conversation_id), conversation=conversation_id)
    return queries.get(viewer, conversation_id)


def _add(viewer: Viewer, talk: Any, people: list[uuid.UUID]) -> None:
    present = _still_in(viewer, talk.id)
    fresh = [person for person in people if person not in present]
    if len(present) + len(fresh) > MOST_PEOPLE:
        raise Invalid({"usernames": [f"A group has at most {MOST_PEOPLE} people."]})
    inside = [person for person, place in present.items() if place.state != "declined"]
    shadowed = present[viewer.id].shadowbanned
    unheard = shadowed and len(present) > 1  # of a new group of theirs nobody hears, whatever people's places say
    if shadowed and not unheard:
        inside = []
    before = db.rows(select(places.c.user_id).where(places.c.conversation_id == talk.id))
    states: dict[uuid.UUID, str] = {}
    for person in fresh:
        stands = delivery.stance(person, viewer.id)
        delivery.check_welcome(stands)
        agreed = stands.follows and person not in {row.user_id for row in before}  # who left is asked
        # A block between two of them ends here unseen: it looks as if the new one had not answered.
        apart = unheard or delivery.walled(person, inside)
        states[person] = "declined" if apart else "accepted" if agreed else "requested"
        inside += [] if apart else [person]
    _enter(talk.id, states, talk.last_seq, listed=not shadowed)


def remove(viewer: Viewer, conversation_id: uuid.UUID, names: Sequence[str]) -> shapes.Conversation:
    """Take people out of a group: whoever has been in it the longest may."""
    shape = queries.get(viewer, conversation_id)
    if "remove" not in shape.can:
        raise Refused("Whoever has been in a group the longest takes people out of it.")
    by_name = {key: person.id for person in shape.participants for key in (person.username, str(person.id))}
    missing = [name for name in names if by_name.get(name.lower(), viewer.id) == viewer.id]
    if missing:
        raise Invalid({"usernames": [f"{missing[0]} is not somebody else in this group."]})
    _go(conversation_id, [by_name[name.lower()] for name in names])
    return queries.get(viewer, conversation_id)


def advance(photo: Media) -> None:
    """Show the photo of a message that has just become ready, or why it failed."""
    found = db.row(select(messages).where(messages.c.media_id == photo.id))
    if found is not None:
        people = [found.sender_id] if found.withheld else _taking_part(found.conversation_id)
        live.tell("messages", people, conversation=found.conversation_id, message=found.id)
