"""Folders for what people save.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "save_folders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_save_folders_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_save_folders")),
    )
    op.create_index("ix_save_folders_user", "save_folders", ["user_id", "folded"], unique=True)
    op.add_column("saves", sa.Column("folder_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_saves_folder_id"), "saves", "save_folders", ["folder_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("ix_saves_folder_id", "saves", ["folder_id"], postgresql_where=sa.text("folder_id IS NOT NULL"))


def downgrade() -> None:
    """Go back."""
    op.drop_column("saves", "folder_id")
    op.drop_table("save_folders")
