"""Mutes, restrictions, close friends, comments that wait for approval.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    _relation("mutes", "muter_id", "muted_id", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    _relation("restrictions", "restricter_id", "restricted_id")
    _relation("close_friends", "owner_id", "friend_id")
    op.add_column("comments", sa.Column("held_for", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_comments_held_for"), "comments", "users", ["held_for"], ["id"], ondelete="CASCADE")
    op.create_index(
        "ix_comments_held_for", "comments", ["held_for", "seq"], postgresql_where=sa.text("held_for IS NOT NULL")
    )


def _relation(name: str, mine: str, theirs: str, *more: sa.Column) -> None:
    op.create_table(
        name,
        sa.Column(mine, sa.Uuid(), nullable=False),
        sa.Column(theirs, sa.Uuid(), nullable=False),
        *more,
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"{mine} <> {theirs}", name=op.f(f"ck_{name}_not_oneself")),
        sa.ForeignKeyConstraint([mine], ["users.id"], name=op.f(f"fk_{name}_{mine}"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint([theirs], ["users.id"], name=op.f(f"fk_{name}_{theirs}"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(mine, theirs, name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_{theirs}", name, [theirs])


def downgrade() -> None:
    """Go back."""
    op.drop_column("comments", "held_for")
    for name in ("close_friends", "restrictions", "mutes"):
        op.drop_table(name)
