"""What people's devices show of messages: who wrote, and what only if its reader wants that on a locked screen."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from webapp.core import db
from webapp.models import Conversation, Message, Participant, User
from webapp.notifications import push
from webapp.notifications import queries as notification_queries
from webapp.visibility import Viewer, shunned, unread_numbers, visible_messages

conversations = Conversation.__table__.c
messages = Message.__table__.c
mine = Participant.__table__.c
users = User.__table__.c


def devices(conversation_id: uuid.UUID, message_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the devices of all who take part but its sender. Each is asked again when its turn comes."""
    sender = select(messages.sender_id).where(messages.id == message_id).scalar_subquery()
    here = select(mine.user_id).where(
        mine.conversation_id == conversation_id,
        mine.state == "accepted",
        mine.left_at.is_(None),
        mine.user_id != sender,
    )
    return [row.id for row in push.devices(row.user_id for row in db.rows(here))]


def words(viewer: Viewer, conversation_id: uuid.UUID, message_id: uuid.UUID) -> dict[str, Any] | None:
    """Return what a message's push says; None if it is read, deleted, out of sight or unwanted by now."""
    chosen = notification_queries.chosen(viewer.id)
    found = None if "message" in chosen.unpushed else _found(viewer, message_id)
    if found is None:
        return None
    said = {"title": f"@{found.username} wrote to you", "body": ""}
    if found.kind == "group":
        said["title"] = f"@{found.username} wrote to a group"
    if chosen.push_content:
        where = f" · {found.title}" if found.title else ""
        said = {"title": f"@{found.username}{where}", "body": found.content or "Sent you something to look at."}
    return {**said, "url": f"/messages/{conversation_id}", "tag": f"talk-{conversation_id}"}


def _found(viewer: Viewer, message_id: uuid.UUID) -> Any:
    """Return a message that waits for the viewer, with its sender's name."""
    title = func.coalesce(mine.own_title, conversations.title)
    statement = (
        visible_messages(viewer)
        .with_only_columns(messages.content, conversations.kind, title.label("title"), users.username)
        .join(User.__table__, users.id == messages.sender_id)
        .where(
            messages.id == message_id, messages.sender_id != viewer.id, messages.deleted_at.is_(None),
            messages.seq > mine.read_seq, mine.state == "accepted", ~shunned(viewer, messages.sender_id),
        )
    )  # fmt: skip
    return db.row(statement)


def badge(viewer: Viewer) -> int:
    """Return the number on the app's icon: what one has not read."""
    return sum(db.row(unread_numbers(viewer)))
