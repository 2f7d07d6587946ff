"""Reads for open pages: what a word brings for its page, and what a process asks for all of its streams at once."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, union_all

from webapp.core import clock, db
from webapp.core.errors import NotFound
from webapp.core.live import Word
from webapp.messages import queries as messages
from webapp.messages.shapes import Conversation, Message
from webapp.models import ApiToken, Follow, Mute, Participant, UserSession
from webapp.users.shapes import UserShort
from webapp.visibility import VISITOR, Viewer, in_use, present, silent, stand_in, unread_numbers

follows = Follow.__table__.c
mutes = Mute.__table__.c
places = Participant.__table__.c
signed = UserSession.__table__.c
tokens = ApiToken.__table__.c


@dataclass(frozen=True, slots=True)
class Counts:
    """What has not been read: the numbers on the frame."""

    notifications: int
    conversations: int


@dataclass
class News:
    """What a word brings. `place`: the snapshot up to which the page knows all messages, once this has reached it.

    `gone`: conversations that something is said about, and that do not stand in the viewer's list (any more).
    """

    place: str
    counts: Counts | None = None
    messages: list[Message] = field(default_factory=list)
    talks: list[Conversation] = field(default_factory=list)
    gone: set[uuid.UUID] = field(default_factory=set)
    typing: tuple[Conversation, UserShort] | None = None
    read: Conversation | None = None
    event: dict[str, str] | None = None


def news(viewer: Viewer, word: Word, place: str) -> News:
    """Return what a word brings for the viewer, who knows all messages up to `place`."""
    found = News(place)
    if word["what"] in ("start", "badges"):
        found.counts = counts(viewer)
    if word["what"] in ("start", "messages"):
        _said(viewer, word, found)
    elif word["what"] in ("typing", "read"):
        _doing(viewer, word, found)
    elif word["what"] in ("posts", "medium"):
        found.event = word
    return found


def _said(viewer: Viewer, word: Word, found: News) -> None:
    found.place, found.messages = messages.since(viewer, found.place)
    again = messages.changed(viewer, uuid.UUID(word["message"])) if "message" in word else None
    if again is not None:
        found.messages.append(again)
    about = {message.conversation_id for message in found.messages}
    if "conversation" in word:
        about.add(uuid.UUID(word["conversation"]))
    found.talks = messages.in_list(viewer, about)
    found.gone = about - {talk.id for talk in found.talks}


def _doing(viewer: Viewer, word: Word, found: News) -> None:
    talk = _talk(viewer, uuid.UUID(word["conversation"]))
    if talk is None:
        return
    if word["what"] == "read":
        found.read = talk
        return
    person = next((one for one in talk.participants if str(one.id) == word["user"]), None)
    found.typing = (talk, person) if person is not None else None


def _talk(viewer: Viewer, conversation_id: uuid.UUID) -> Conversation | None:
    try:
        talk = messages.get(viewer, conversation_id)
    except NotFound:
        return None
    return talk if talk.state == "accepted" else None


def counts(viewer: Viewer) -> Counts:
    """Return how much the viewer has not read."""
    row = db.row(_unread(), {"viewer_id": viewer.id})
    return Counts(row.notifications, row.conversations)


@db.prepared
def _unread() -> Any:
    return unread_numbers(stand_in("user"))


def written_to(people: Collection[uuid.UUID], seconds: float) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return in which of these people's conversations something was written in the last `seconds`."""
    lately = places.newest_at > clock.now() - timedelta(seconds=seconds)
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for row in db.rows(select(places.user_id, places.conversation_id).where(places.user_id.in_(people), lately)):
        found.setdefault(row.user_id, set()).add(row.conversation_id)
    return found


def followers(authors: Collection[uuid.UUID], people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the people who follow one of the authors that exist for them, and have not muted them."""
    muted = select(mutes.muted_id).where(
        mutes.muter_id == follows.follower_id, mutes.muted_id == follows.followee_id, silent(mutes.until)
    )
    found = select(follows.follower_id).where(follows.followee_id.in_(authors), follows.follower_id.in_(people))
    found = found.where(~muted.correlate(Follow).exists(), present(VISITOR, follows.followee_id))
    return {row.follower_id for row in db.rows(found.distinct())}


def standing(grants: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of these sessions and access tokens that are still good, and of people who are not hidden."""
    now = clock.now()
    good = union_all(
        select(signed.id).where(signed.id.in_(grants), signed.expires_at > now, in_use(signed.user_id)),
        select(tokens.id).where(
            tokens.id.in_(grants), tokens.access_expires_at > now, tokens.revoked_at.is_(None), in_use(tokens.user_id)
        ),
    )
    return {row.id for row in db.rows(good)}
