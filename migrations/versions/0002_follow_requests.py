"""follow requests.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "follow_requests",
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("requester_id <> target_id", name=op.f("ck_follow_requests_not_oneself")),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["users.id"], name=op.f("fk_follow_requests_requester_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["users.id"], name=op.f("fk_follow_requests_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("requester_id", "target_id", name=op.f("pk_follow_requests")),
    )
    op.create_index("ix_follow_requests_target", "follow_requests", ["target_id", "created_at", "requester_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("follow_requests")
