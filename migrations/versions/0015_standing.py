"""Accounts that are hidden or on their way out, and counters that know whom they count.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COUNTED = ("follows", "likes", "reposts", "comments", "comment_likes")


def upgrade() -> None:
    """Expand."""
    op.add_column("users", sa.Column("status", sa.Text(), server_default="active", nullable=False))
    op.add_column("users", sa.Column("delete_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_users_status_known"),
        "users",
        "status IN ('active', 'deactivated', 'suspended', 'leaving', 'erasing')",
    )
    op.create_index("ix_users_hidden", "users", ["id"], postgresql_where="status <> 'active'")
    for table in COUNTED:
        op.add_column(table, sa.Column("counted", sa.Boolean(), server_default="true", nullable=False))
    op.create_table(
        "retired_names",
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name_hash", name=op.f("pk_retired_names")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("retired_names")
    for table in COUNTED:
        op.drop_column(table, "counted")
    op.drop_index("ix_users_hidden", "users")
    op.drop_constraint(op.f("ck_users_status_known"), "users")
    op.drop_column("users", "delete_at")
    op.drop_column("users", "status")
