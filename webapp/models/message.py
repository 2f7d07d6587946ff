"""Conversations: who takes part, and what was said, in one order without gaps."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import columns, db

KINDS = ("direct", "group")
STATES = ("accepted", "requested", "declined")


class Conversation(db.Base):
    """Two people, who have one conversation with each other for ever (`low_id` < `high_id`), or a group.

    `last_seq` is the number of the newest message: who writes locks this row, adds one and takes it.
    """

    __tablename__ = "conversations"

    id: Mapped[db.Id]
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text, default="", server_default="")
    low_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    high_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    last_seq: Mapped[db.Big] = mapped_column(default=0, server_default="0")
    created_at: Mapped[db.Time]
    updated_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind_known"),
        CheckConstraint("(kind = 'direct') = (low_id IS NOT NULL AND high_id IS NOT NULL)", name="direct_is_two"),
        CheckConstraint("low_id < high_id", name="in_order"),
        Index("ix_conversations_two", "low_id", "high_id", unique=True, postgresql_where="low_id IS NOT NULL"),
        Index("ix_conversations_high_id", "high_id", postgresql_where="high_id IS NOT NULL"),
    )


class Participant(db.Base):
    """Somebody in a conversation. What lies at or below `after_seq` is not there for them: it was before, or deleted.

    `read_seq` is the last message that they have read, and `seen_seq` the last of which others may know that. The
    newest message that is there for them is `newest_seq`, of `newest_at`; the conversation stands in their list while
    it is `listed`. Somebody who left keeps the row, with `left_at`.
    """

    __tablename__ = "participants"

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(Text, default="accepted", server_default="accepted")
    own_title: Mapped[str | None] = mapped_column(Text)  # of the group, for them alone: given while shadowbanned
    read_seq: Mapped[db.Big] = mapped_column(default=0, server_default="0")
    seen_seq: Mapped[db.Big] = mapped_column(default=0, server_default="0")
    after_seq: Mapped[db.Big] = mapped_column(default=0, server_default="0")
    newest_seq: Mapped[db.Big] = mapped_column(default=0, server_default="0")
    newest_at: Mapped[db.Time] = mapped_column(server_default=func.now())
    listed: Mapped[bool] = mapped_column(default=False, server_default="false")
    joined_at: Mapped[db.Time]
    left_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state_known"),
        Index("ix_participants_list", "user_id", "newest_at", "conversation_id"),
    )


class Message(db.Base):
    """What somebody said: words, a photo, a shared post, an answer to a story.

    One that is `withheld` is there for its sender alone: it was written to somebody who wants nothing of them.
    `written_in` is the transaction that wrote it: who knows the snapshot up to which they have read, finds by it
    exactly what has become visible since, in whatever order transactions ended.
    """

    __tablename__ = "messages"

    id: Mapped[db.Id]
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    seq: Mapped[db.Big]
    sender_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    content: Mapped[str] = mapped_column(Text, default="", server_default="")
    words: Mapped[str] = mapped_column(TSVECTOR, server_default="")  # what it is found by
    media_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"))
    post_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    story_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stories.id", ondelete="SET NULL"))
    withheld: Mapped[bool] = mapped_column(default=False, server_default="false")
    written_in: Mapped[int] = mapped_column(columns.TransactionId(), server_default=func.pg_current_xact_id())
    created_at: Mapped[db.Time]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_messages_order", "conversation_id", "seq", unique=True),
        Index("ix_messages_sender_id", "sender_id"),
        Index("ix_messages_words", "words", postgresql_using="gin"),
        Index("ix_messages_media_id", "media_id", unique=True, postgresql_where="media_id IS NOT NULL"),
        Index("ix_messages_post_id", "post_id", postgresql_where="post_id IS NOT NULL"),
        Index("ix_messages_story_id", "story_id", postgresql_where="story_id IS NOT NULL"),
    )
