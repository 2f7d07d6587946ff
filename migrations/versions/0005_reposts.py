"""Reposts: posts that people pass on, in one order with posts.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "reposts",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("post_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_reposts_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reposts_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "user_id", name=op.f("pk_reposts")),
    )
    op.create_index("ix_reposts_user", "reposts", ["user_id", "seq"], postgresql_include=["post_seq"])
    op.create_index("ix_reposts_post", "reposts", ["post_id", "created_at", "user_id"])
    op.add_column("posts", sa.Column("repost_count", sa.Integer(), server_default="0", nullable=False))
    _counts("like_count >= 0 AND comment_count >= 0 AND repost_count >= 0")
    op.alter_column("users", "last_post_seq", new_column_name="last_activity_seq")


def _counts(rule: str) -> None:
    op.drop_constraint(op.f("ck_posts_counts"), "posts", type_="check")
    op.create_check_constraint(op.f("ck_posts_counts"), "posts", rule)


def downgrade() -> None:
    """Go back."""
    op.alter_column("users", "last_activity_seq", new_column_name="last_post_seq")
    _counts("like_count >= 0 AND comment_count >= 0")
    op.drop_column("posts", "repost_count")
    op.drop_table("reposts")
