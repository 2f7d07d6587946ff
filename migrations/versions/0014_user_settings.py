"""settings of a person, the daily mail first.

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "user_settings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), server_default="off", nullable=False),
        sa.Column("digest_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("digest IN ('off', 'daily')", name=op.f("ck_user_settings_digest_known")),
        sa.CheckConstraint("(digest = 'off') = (digest_due_at IS NULL)", name=op.f("ck_user_settings_digest_due")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_settings_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_settings")),
    )
    op.create_index(
        "ix_user_settings_digest_due_at",
        "user_settings",
        ["digest_due_at"],
        postgresql_where="digest_due_at IS NOT NULL",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("user_settings")
