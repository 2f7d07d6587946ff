"""People."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import db

# Pending: waits for approval. Suspended by moderators; the others by oneself. Erasing: the way back has ended.
STATUSES = ("active", "pending", "deactivated", "suspended", "leaving", "erasing")
ROLES = ("user", "creator", "moderator", "admin")


class User(db.Base):
    """A person with an account. Counters change in the transaction of their cause."""

    __tablename__ = "users"

    id: Mapped[db.Id]
    username: Mapped[str] = mapped_column(String(30), unique=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    email_confirmed_at: Mapped[datetime | None]
    password_hash: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    bio: Mapped[str] = mapped_column(Text, default="", server_default="")
    links: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    role: Mapped[str] = mapped_column(Text, default="user", server_default="user")
    is_private: Mapped[bool] = mapped_column(default=False, server_default="false")
    is_verified: Mapped[bool] = mapped_column(default=False, server_default="false")
    status: Mapped[str] = mapped_column(Text, default="active", server_default="active")
    # What its owner chose; `status` is the same unless moderators suspended it, and again when they let it go.
    own_status: Mapped[str] = mapped_column(Text, default="active", server_default="active")
    delete_at: Mapped[datetime | None]
    suspended_until: Mapped[datetime | None]  # null while suspended: without an end
    expelled_at: Mapped[datetime | None]  # when an admin's deletion becomes final
    shadowbanned: Mapped[bool] = mapped_column(default=False, server_default="false")
    avatar_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("media.id", ondelete="SET NULL", use_alter=True, name="fk_users_avatar_id")
    )
    # What becomes the avatar once it is processed and copied out; the old one is shown until then.
    next_avatar_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("media.id", ondelete="SET NULL", use_alter=True, name="fk_users_next_avatar_id")
    )
    post_count: Mapped[int] = mapped_column(default=0, server_default="0")
    follower_count: Mapped[int] = mapped_column(default=0, server_default="0")
    following_count: Mapped[int] = mapped_column(default=0, server_default="0")
    # The newest post or repost: page one of a feed finds whom to ask by it, without a probe of what each one did.
    last_activity_seq: Mapped[db.Big | None]
    created_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint("username = lower(username)", name="username_folded"),
        CheckConstraint("email = lower(email)", name="email_folded"),
        CheckConstraint(f"role IN {ROLES}", name="role_known"),
        CheckConstraint(f"status IN {STATUSES}", name="status_known"),
        CheckConstraint("own_status IN ('active', 'pending', 'deactivated', 'leaving')", name="own_status_known"),
        CheckConstraint("post_count >= 0 AND follower_count >= 0 AND following_count >= 0", name="counts"),
        Index("ix_users_hidden", "id", postgresql_where="status <> 'active' OR shadowbanned"),
        Index("ix_users_suspended_until", "suspended_until", postgresql_where="suspended_until IS NOT NULL"),
        Index("ix_users_expelled_at", "expelled_at", postgresql_where="expelled_at IS NOT NULL"),
        Index("ix_users_avatar_id", "avatar_id", postgresql_where="avatar_id IS NOT NULL"),
        Index("ix_users_next_avatar_id", "next_avatar_id", postgresql_where="next_avatar_id IS NOT NULL"),
    )

    @property
    def is_active(self) -> bool:
        """Whether the account is in use: neither hidden by its owner nor by moderators. Its photos go by that."""
        return self.status == "active"

    @property
    def in_good_standing(self) -> bool:
        """Whether the account exists for others. Numbers go by that."""
        return self.is_active and not self.shadowbanned

    @property
    def is_open(self) -> bool:
        """Whether photos lie where anyone finds them. Those of the shadowbanned stay: that they went would tell."""
        return self.is_active and not self.is_private

    def suspension_over(self, now: datetime) -> bool:
        """Tell whether a suspension has reached its end, whether or not the clock has come by."""
        return self.suspended_until is not None and self.suspended_until <= now and self.expelled_at is None


class RetiredName(db.Base):
    """The name of an erased account, hashed with a key: nobody takes it for a while, and nobody can read it here."""

    __tablename__ = "retired_names"

    name_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    until: Mapped[datetime]


class PastUsername(db.Base):
    """A name that somebody gave up: reserved for 30 days and leading to the new one."""

    __tablename__ = "past_usernames"

    username: Mapped[str] = mapped_column(String(30), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime]


class UserSettings(db.Base):
    """What a person chose for themselves alone. No row: everything is as it is for everybody at first."""

    __tablename__ = "user_settings"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(Text, default="off", server_default="off")
    # When the daily mail is due; null while it is not wanted.
    digest_due_at: Mapped[datetime | None]
    who_may_message: Mapped[str] = mapped_column(Text, default="everyone", server_default="everyone")

    __table_args__ = (
        CheckConstraint("digest IN ('off', 'daily')", name="digest_known"),
        CheckConstraint("who_may_message IN ('everyone', 'followed', 'nobody')", name="who_may_message_known"),
        CheckConstraint("(digest = 'off') = (digest_due_at IS NULL)", name="digest_due"),
        Index("ix_user_settings_digest_due_at", "digest_due_at", postgresql_where="digest_due_at IS NOT NULL"),
    )
