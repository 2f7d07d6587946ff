"""Stories, who saw them, and highlights; photos that a story or a message shows.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.add_column("media", sa.Column("in_use", sa.Boolean(), server_default="false", nullable=False))
    op.drop_index("ix_media_unused", "media")
    op.create_index(
        "ix_media_unused", "media", ["created_at"], postgresql_where=sa.text("post_id IS NULL AND NOT in_use")
    )
    op.create_table(
        "stories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("caption", sa.Text(), server_default="", nullable=False),
        sa.Column("audience", sa.Text(), server_default="followers", nullable=False),
        sa.Column("status", sa.Text(), server_default="processing", nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("audience IN ('followers', 'close_friends')", name=op.f("ck_stories_audience_known")),
        sa.CheckConstraint(
            "status <> 'published' OR expires_at IS NOT NULL", name=op.f("ck_stories_published_expires")
        ),
        sa.CheckConstraint("status IN ('processing', 'published', 'failed')", name=op.f("ck_stories_status_known")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_stories_author_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_stories_media_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.create_index("ix_stories_author", "stories", ["author_id", "expires_at"], unique=False)
    op.create_index("ix_stories_expires_at", "stories", ["expires_at"], unique=False)
    op.create_index("ix_stories_media_id", "stories", ["media_id"], unique=True)
    op.create_table(
        "highlights",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("cover_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cover_id"], ["stories.id"], name=op.f("fk_highlights_cover_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_highlights_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_highlights")),
    )
    op.create_index(
        "ix_highlights_cover_id",
        "highlights",
        ["cover_id"],
        unique=False,
        postgresql_where=sa.text("cover_id IS NOT NULL"),
    )
    op.create_index("ix_highlights_owner", "highlights", ["owner_id", "position"], unique=False)
    op.create_table(
        "story_views",
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("viewer_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_views_story_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["viewer_id"], ["users.id"], name=op.f("fk_story_views_viewer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("story_id", "viewer_id", name=op.f("pk_story_views")),
    )
    op.create_index("ix_story_views_viewer_id", "story_views", ["viewer_id"], unique=False)
    op.create_table(
        "highlight_stories",
        sa.Column("highlight_id", sa.Uuid(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["highlight_id"], ["highlights.id"], name=op.f("fk_highlight_stories_highlight_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_highlight_stories_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("highlight_id", "story_id", name=op.f("pk_highlight_stories")),
    )
    op.create_index("ix_highlight_stories_story_id", "highlight_stories", ["story_id"], unique=False)


def downgrade() -> None:
    """Go back."""
    for name in ("highlight_stories", "story_views", "highlights", "stories"):
        op.drop_table(name)
    op.drop_index("ix_media_unused", "media")
    op.drop_column("media", "in_use")
    op.create_index("ix_media_unused", "media", ["created_at"], postgresql_where=sa.text("post_id IS NULL"))
