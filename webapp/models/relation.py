"""Who follows whom, who asked to, who wants nothing to do with whom, and what people arranged for themselves alone."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import db


class Follow(db.Base):
    """`follower` sees what `followee` posts. The primary key is the feed's way in."""

    __tablename__ = "follows"

    follower_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    followee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[db.Time]
    counted: Mapped[bool] = mapped_column(default=True, server_default="true")  # both are in good standing

    __table_args__ = (
        CheckConstraint("follower_id <> followee_id", name="not_oneself"),
        Index("ix_follows_followee", "followee_id", "created_at", "follower_id"),
        Index("ix_follows_follower", "follower_id", "created_at", "followee_id"),
        Index("ix_follows_uncounted_follower", "follower_id", postgresql_where="NOT counted"),
        Index("ix_follows_uncounted_followee", "followee_id", postgresql_where="NOT counted"),
    )


class FollowRequest(db.Base):
    """`requester` asked to follow a private account, which has not answered yet."""

    __tablename__ = "follow_requests"

    requester_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    target_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint("requester_id <> target_id", name="not_oneself"),
        Index("ix_follow_requests_target", "target_id", "created_at", "requester_id"),
    )


class Block(db.Base):
    """`blocker` and `blocked` do not exist for each other; the blocker alone can end it."""

    __tablename__ = "blocks"

    blocker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    blocked_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint("blocker_id <> blocked_id", name="not_oneself"),
        Index("ix_blocks_blocked", "blocked_id", "blocker_id"),
    )


class Mute(db.Base):
    """`muter` wants nothing of `muted` in feeds and notifications, up to `until` or for good. Nobody is told."""

    __tablename__ = "mutes"

    muter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    muted_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[datetime | None]
    created_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint("muter_id <> muted_id", name="not_oneself"),
        Index("ix_mutes_muted_id", "muted_id"),
        Index("ix_mutes_until", "until", postgresql_where="until IS NOT NULL"),
    )


class Restriction(db.Base):
    """Comments of `restricted` on posts of `restricter` are held back until approved. Nobody is told."""

    __tablename__ = "restrictions"

    restricter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    restricted_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint("restricter_id <> restricted_id", name="not_oneself"),
        Index("ix_restrictions_restricted_id", "restricted_id"),
    )


class CloseFriend(db.Base):
    """`friend` is among the close friends of `owner`, for whom some stories are. Nobody is told."""

    __tablename__ = "close_friends"

    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    friend_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint("owner_id <> friend_id", name="not_oneself"),
        Index("ix_close_friends_friend_id", "friend_id"),
    )
