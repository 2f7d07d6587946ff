"""Reports, the cases that gather them, what was done about them, and appeals."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import db

TARGETS = ("user", "post", "comment", "story", "message")
REASONS = (
    "spam", "harassment", "hate", "nudity", "violence", "self_harm", "illegal", "impersonation", "copyright", "other",
)  # fmt: skip
SOURCES = ("report", "flag", "filter", "hash", "new_account")
SANCTIONS = (
    "takedown", "restore", "hold", "approve", "warn", "suspend", "unsuspend", "shadowban", "unshadowban", "sensitive",
    "role", "delete",
)  # fmt: skip


class Case(db.Base):
    """One thing that moderators look at: all open reports about it, whoever made them, or what a filter held."""

    __tablename__ = "cases"

    id: Mapped[db.Id]
    target_type: Mapped[str] = mapped_column(Text)
    target_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(Text, default="report", server_default="report")
    detail: Mapped[str] = mapped_column(Text, default="", server_default="")  # which filter, which hash
    report_count: Mapped[int] = mapped_column(default=0, server_default="0")
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    opened_at: Mapped[db.Time]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    outcome: Mapped[str | None] = mapped_column(Text)  # what was done: dismiss, or a sanction

    __table_args__ = (
        CheckConstraint(f"target_type IN {TARGETS}", name="target_known"),
        CheckConstraint(f"source IN {SOURCES}", name="source_known"),
        Index("ix_cases_open", "target_type", "target_id", unique=True, postgresql_where="closed_at IS NULL"),
        Index("ix_cases_queue", "opened_at", "id", postgresql_where="closed_at IS NULL"),
        Index("ix_cases_closed", "closed_at", "id", postgresql_where="closed_at IS NOT NULL"),
        Index("ix_cases_target", "target_type", "target_id"),
    )


class Report(db.Base):
    """Somebody says that something should be looked at. One of each person about one thing at a time."""

    __tablename__ = "reports"

    id: Mapped[db.Id]
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    reporter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint(f"reason IN {REASONS}", name="reason_known"),
        Index("ix_reports_once", "case_id", "reporter_id", unique=True),
    )


class CaseNote(db.Base):
    """What a moderator wrote for the others."""

    __tablename__ = "case_notes"

    id: Mapped[db.Id]
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[db.Time]


class Sanction(db.Base):
    """What was done to somebody's account or to something of theirs; it stands until it is undone.

    `before` is what an undo goes back to. `quiet`: its person is not told. The record that stays is the audit's.
    """

    __tablename__ = "sanctions"

    id: Mapped[db.Id]
    kind: Mapped[str] = mapped_column(Text)
    target_type: Mapped[str] = mapped_column(Text)
    target_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    quiet: Mapped[bool] = mapped_column(default=False, server_default="false")
    before: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict, server_default="{}")
    until: Mapped[datetime | None]
    created_at: Mapped[db.Time]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)

    __table_args__ = (
        CheckConstraint(f"kind IN {SANCTIONS}", name="kind_known"),
        CheckConstraint(f"target_type IN {TARGETS}", name="target_known"),
        Index("ix_sanctions_target", "target_type", "target_id", "created_at"),
    )


class Appeal(db.Base):
    """Somebody asks to look at a sanction again: once, and somebody else than who decided it answers."""

    __tablename__ = "appeals"

    id: Mapped[db.Id]
    sanction_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sanctions.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    content: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="open", server_default="open")
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    decided_at: Mapped[datetime | None]
    created_at: Mapped[db.Time]

    __table_args__ = (
        CheckConstraint("status IN ('open', 'accepted', 'rejected')", name="status_known"),
        Index("ix_appeals_sanction_id", "sanction_id", unique=True),
        Index("ix_appeals_open", "created_at", postgresql_where="status = 'open'"),
    )


class Notice(db.Base):
    """What the site itself tells a person, shown among the notifications: what was done, what became of a report.

    `words` is the sentence; `path` is where it leads.
    """

    __tablename__ = "notices"

    id: Mapped[db.Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    notification_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("notifications.id", ondelete="SET NULL"), index=True
    )
    words: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[uuid.UUID]  # the sanction, the report or the appeal
    created_at: Mapped[db.Time]
