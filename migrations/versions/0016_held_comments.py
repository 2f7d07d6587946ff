"""An index of comments that are held back, by who wrote them.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_index(
        "ix_comments_held", "comments", ["author_id", "post_id"], postgresql_where=sa.text("held_for IS NOT NULL")
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_comments_held", "comments")
