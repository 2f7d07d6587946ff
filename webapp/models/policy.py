"""The rules of the site: what is filtered or blocked, who may join; and the record of what was done in its name."""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text
from sqlalchemy.dialects.postgresql import CIDR, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import db

FILTER_ACTIONS = ("hold", "hide", "refuse")


class AuditEntry(db.Base):
    """Something that was done in the name of the site. Only ever inserted: the application's role may do no more.

    It refers to no other table, so that nothing that is deleted takes its record along. It names ids, never names:
    those of an erased account lead to nobody. `actor_id` is null for what the clock did. `user_id` is whom it concerns.
    """

    __tablename__ = "audit_entries"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[db.Time]
    actor_id: Mapped[uuid.UUID | None]
    action: Mapped[str] = mapped_column(Text)
    target_type: Mapped[str] = mapped_column(Text)
    target_id: Mapped[str] = mapped_column(Text)
    user_id: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    facts: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict, server_default="{}")
    request_id: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_audit_entries_actor_id", "actor_id", "seq"),
        Index("ix_audit_entries_user_id", "user_id", "seq"),
        Index("ix_audit_entries_target", "target_type", "target_id", "seq"),
        Index("ix_audit_entries_action", "action", "seq"),
    )


class Filter(db.Base):
    """Words that are looked for in what people publish. `folded` is how they are compared (`core/folding.py`)."""

    __tablename__ = "filters"

    id: Mapped[db.Id]
    phrase: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text, unique=True)
    action: Mapped[str] = mapped_column(Text)
    whole_word: Mapped[bool] = mapped_column(default=True, server_default="true")
    hits: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[db.Time]

    __table_args__ = (CheckConstraint(f"action IN {FILTER_ACTIONS}", name="action_known"),)


class BlockedHash(db.Base):
    """A photo that is held when it comes again: 64 bits that stand for how it looks."""

    __tablename__ = "blocked_hashes"

    id: Mapped[db.Id]
    hash: Mapped[db.Big] = mapped_column(unique=True)
    media_id: Mapped[uuid.UUID | None]  # of which it was taken; it may be gone
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    hits: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[db.Time]


class AccessRule(db.Base):
    """A domain of mail addresses, or a range of network addresses, from which nobody registers, or only by approval."""

    __tablename__ = "access_rules"

    id: Mapped[db.Id]
    domain: Mapped[str | None] = mapped_column(Text, unique=True)
    network: Mapped[str | None] = mapped_column(CIDR, unique=True)
    action: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint("action IN ('refuse', 'approve')", name="action_known"),
        CheckConstraint("(domain IS NULL) <> (network IS NULL)", name="one_kind"),
    )


class Invite(db.Base):
    """A link by which some people may join until it ends. The link is made of the id, signed: it is not kept."""

    __tablename__ = "invites"

    id: Mapped[db.Id]
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    most: Mapped[int]
    used: Mapped[int] = mapped_column(default=0, server_default="0")
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[db.Time]

    __table_args__ = (CheckConstraint("most > 0 AND used BETWEEN 0 AND most", name="uses"),)


class Joining(db.Base):
    """How somebody came in: by which invite, and what they said to whoever approves. Pending: `users.status`."""

    __tablename__ = "joinings"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    invite_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("invites.id", ondelete="SET NULL"), index=True)
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    why: Mapped[str] = mapped_column(Text, default="", server_default="")  # why approval was asked for
    created_at: Mapped[db.Time]


class Announcement(db.Base):
    """What the people who run the site tell everybody, between two moments."""

    __tablename__ = "announcements"

    id: Mapped[db.Id]
    text: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text, default="info", server_default="info")
    starts_at: Mapped[db.Time]
    ends_at: Mapped[datetime | None]
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[db.Time]

    __table_args__ = (CheckConstraint("level IN ('info', 'warning')", name="level_known"),)


class DayFigures(db.Base):
    """What is known of one day (UTC) and could not be counted later: who was here, how much lay in storage.

    Null is what was not measured.
    """

    __tablename__ = "day_figures"

    day: Mapped[date] = mapped_column(primary_key=True)
    active: Mapped[int | None]
    storage_bytes: Mapped[db.Big | None]
    processed: Mapped[int | None]
    processing_p50: Mapped[float | None]
    processing_p95: Mapped[float | None]
    queue_most: Mapped[int | None]
