"""notifications.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TYPES = ("like", "comment", "reply", "mention", "follow", "request", "accepted", "repost", "tag")


def upgrade() -> None:
    """Expand."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("notifications_seq")))
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"type IN {_TYPES}", name=op.f("ck_notifications_type_known")),
        _reference("notifications", "recipient_id", "users"),
        _reference("notifications", "post_id", "posts"),
        _reference("notifications", "comment_id", "comments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(
        "ix_notifications_open",
        "notifications",
        ["recipient_id", "type", "post_id", "comment_id"],
        unique=True,
        postgresql_where="read_at IS NULL",
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_notifications_newest", "notifications", ["recipient_id", "seq"])
    op.create_index("ix_notifications_latest_at", "notifications", ["latest_at"])
    for column in ("post_id", "comment_id"):
        where = f"{column} IS NOT NULL"
        op.create_index(f"ix_notifications_{column}", "notifications", [column], postgresql_where=where)
    _events()
    op.create_table(
        "notification_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("unwanted", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        _reference("notification_choices", "user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_choices")),
    )


def _events() -> None:
    op.create_table(
        "notification_events",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _reference("notification_events", "actor_id", "users"),
        _reference("notification_events", "recipient_id", "users"),
        _reference("notification_events", "notification_id", "notifications"),
        _reference("notification_events", "comment_id", "comments"),
        sa.PrimaryKeyConstraint("actor_id", "type", "subject_id", "recipient_id", name=op.f("pk_notification_events")),
    )
    op.create_index("ix_notification_events_notification_id", "notification_events", ["notification_id", "created_at"])
    op.create_index("ix_notification_events_recipient_id", "notification_events", ["recipient_id"])
    op.create_index(
        "ix_notification_events_comment_id",
        "notification_events",
        ["comment_id"],
        postgresql_where="comment_id IS NOT NULL",
    )


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")


def downgrade() -> None:
    """Go back."""
    for table in ("notification_choices", "notification_events", "notifications"):
        op.drop_table(table)
    op.execute(sa.schema.DropSequence(sa.Sequence("notifications_seq")))
