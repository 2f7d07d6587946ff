"""Conversations, who takes part, and what was said.

Revision: 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

from webapp.core.columns import TransactionId

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("low_id", sa.Uuid(), nullable=True),
        sa.Column("high_id", sa.Uuid(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'direct') = (low_id IS NOT NULL AND high_id IS NOT NULL)",
            name=op.f("ck_conversations_direct_is_two"),
        ),
        sa.CheckConstraint("kind IN ('direct', 'group')", name=op.f("ck_conversations_kind_known")),
        sa.CheckConstraint("low_id < high_id", name=op.f("ck_conversations_in_order")),
        sa.ForeignKeyConstraint(["high_id"], ["users.id"], name=op.f("fk_conversations_high_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["low_id"], ["users.id"], name=op.f("fk_conversations_low_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index(
        "ix_conversations_high_id",
        "conversations",
        ["high_id"],
        unique=False,
        postgresql_where=sa.text("high_id IS NOT NULL"),
    )
    op.create_index(
        "ix_conversations_two",
        "conversations",
        ["low_id", "high_id"],
        unique=True,
        postgresql_where=sa.text("low_id IS NOT NULL"),
    )
    op.create_table(
        "participants",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="accepted", nullable=False),
        sa.Column("read_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("after_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('accepted', 'requested', 'declined')", name=op.f("ck_participants_state_known")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_participants_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_participants_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("pk_participants")),
    )
    op.create_index("ix_participants_user_id", "participants", ["user_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("story_id", sa.Uuid(), nullable=True),
        sa.Column("withheld", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("written_in", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_messages_media_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_messages_post_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["sender_id"], ["users.id"], name=op.f("fk_messages_sender_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_messages_story_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(
        "ix_messages_media_id", "messages", ["media_id"], unique=True, postgresql_where=sa.text("media_id IS NOT NULL")
    )
    op.create_index("ix_messages_order", "messages", ["conversation_id", "seq"], unique=True)
    op.create_index(
        "ix_messages_post_id", "messages", ["post_id"], unique=False, postgresql_where=sa.text("post_id IS NOT NULL")
    )
    op.create_index("ix_messages_sender_id", "messages", ["sender_id"], unique=False)
    op.create_index(
        "ix_messages_story_id", "messages", ["story_id"], unique=False, postgresql_where=sa.text("story_id IS NOT NULL")
    )


def downgrade() -> None:
    """Go back."""
    for name in ("messages", "participants", "conversations"):
        op.drop_table(name)
