"""What lists of conversations, read marks, searches and the choice of who may write need.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    big = {"server_default": "0", "nullable": False}
    op.add_column("participants", sa.Column("seen_seq", sa.BigInteger(), **big))
    op.add_column("participants", sa.Column("newest_seq", sa.BigInteger(), **big))
    now = sa.text("now()")
    op.add_column(
        "participants", sa.Column("newest_at", sa.DateTime(timezone=True), server_default=now, nullable=False)
    )
    op.add_column("participants", sa.Column("listed", sa.Boolean(), server_default="false", nullable=False))
    op.create_index("ix_participants_list", "participants", ["user_id", "newest_at", "conversation_id"])
    op.drop_index("ix_participants_user_id", "participants")
    op.add_column("messages", sa.Column("words", postgresql.TSVECTOR(), server_default="", nullable=False))
    op.create_index("ix_messages_words", "messages", ["words"], postgresql_using="gin")
    op.add_column("user_settings", sa.Column("who_may_message", sa.Text(), server_default="everyone", nullable=False))
    op.create_check_constraint(
        op.f("ck_user_settings_who_may_message_known"),
        "user_settings",
        "who_may_message IN ('everyone', 'followed', 'nobody')",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_constraint(op.f("ck_user_settings_who_may_message_known"), "user_settings")
    op.drop_column("user_settings", "who_may_message")
    op.drop_index("ix_messages_words", "messages")
    op.drop_column("messages", "words")
    op.create_index("ix_participants_user_id", "participants", ["user_id"])
    op.drop_index("ix_participants_list", "participants")
    for name in ("listed", "newest_at", "newest_seq", "seen_seq"):
        op.drop_column("participants", name)
