"""What people are told: who did what to them, gathered until it is read."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Sequence, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import columns, db

TYPES = ("like", "comment", "reply", "mention", "follow", "request", "accepted", "repost", "tag")
NOTICE = "notice"  # the site's own word: nobody can switch it off
UNPUSHED = ("like", "repost")  # what is not pushed to a device unless its owner asks for it

# Where a notification stands in its person's list: it moves to the top when something is added to it.
notification_seq = Sequence("notifications_seq", metadata=db.Base.metadata)


class Notification(db.Base):
    """One line in a person's list: “ana and 5 others”. Open while it is unread; what comes later begins a new one.

    `post_id` and `comment_id` are what it is about: the person's own, or where the person is mentioned. A `notice`
    gathers what the site itself says (`Notice`): nobody did it.
    """

    __tablename__ = "notifications"

    id: Mapped[db.Id]
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(Text)
    post_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    comment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    seq: Mapped[db.Big]
    latest_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"type IN {(*TYPES, NOTICE)}", name="type_known"),
        Index(
            "ix_notifications_open",
            "recipient_id",
            "type",
            "post_id",
            "comment_id",
            unique=True,
            postgresql_where="read_at IS NULL",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_notifications_newest", "recipient_id", "seq"),
        Index("ix_notifications_latest_at", "latest_at"),
        Index("ix_notifications_post_id", "post_id", postgresql_where="post_id IS NOT NULL"),
        Index("ix_notifications_comment_id", "comment_id", postgresql_where="comment_id IS NOT NULL"),
    )


class NotificationEvent(db.Base):
    """One cause of a notification, once for ever: what is done, taken back and done again tells nobody twice.

    `subject_id` is what was done something to: a post, a comment or a person. `comment_id` is the comment that says it.
    """

    __tablename__ = "notification_events"

    actor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    type: Mapped[str] = mapped_column(Text, primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    notification_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("notifications.id", ondelete="CASCADE"))
    comment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    withdrawn: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[db.Time]

    __table_args__ = (
        Index("ix_notification_events_notification_id", "notification_id", "created_at"),
        Index("ix_notification_events_recipient_id", "recipient_id"),
        Index("ix_notification_events_comment_id", "comment_id", postgresql_where="comment_id IS NOT NULL"),
    )


class NotificationChoice(db.Base):
    """What a person does not want to be told, nor pushed. No row: all is wanted, and pushed but for UNPUSHED.

    `unpushed` may also name "message"; `push_content` lets pushes say what private messages say.
    """

    __tablename__ = "notification_choices"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    unwanted: Mapped[list[str]] = mapped_column(columns.Texts(), default=list, server_default="{}")
    unpushed: Mapped[list[str]] = mapped_column(columns.Texts(), default=list(UNPUSHED), server_default="{like,repost}")
    push_content: Mapped[bool] = mapped_column(default=False, server_default="false")


class PushSubscription(db.Base):
    """A browser that is pushed to, by the address and the keys that it gave. It ends with the session it was made in.

    Without a session it was made by a program, and lasts while one of the person's tokens does. After failures
    nothing is sent until `paused_until`.
    """

    __tablename__ = "push_subscriptions"

    id: Mapped[db.Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    session_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    endpoint: Mapped[str] = mapped_column(Text)
    endpoint_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    auth: Mapped[bytes] = mapped_column(LargeBinary)
    device: Mapped[str] = mapped_column(Text, default="", server_default="")
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    paused_until: Mapped[datetime | None]
    last_ok_at: Mapped[datetime | None]
    created_at: Mapped[db.Time]

    __table_args__ = (
        Index("ix_push_subscriptions_user_id", "user_id"),
        Index("ix_push_subscriptions_session_id", "session_id"),
    )
