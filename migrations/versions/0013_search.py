"""search: the words of people and posts, the tags there are, and who follows them.

Only empty tables are made here, so that nobody waits. What is there already is entered by jobs that this migration puts
into the queue: 500 posts at a time, the newest first, each step a short transaction that touches no row of posts or
users, so that 500,000 posts take a thousand small steps beside everything else. They may be stopped and begun anew at
any time. What the version before publishes meanwhile is found missing by the daily sweep.

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "user_words",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("near", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_words_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_words")),
    )
    op.create_index("ix_user_words_words", "user_words", ["words"], postgresql_using="gin")
    op.create_index("ix_user_words_near", "user_words", ["near"], postgresql_using="gin")
    op.create_table(
        "post_words",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("published_seq", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_words_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_words")),
    )
    op.create_index("ix_post_words_words", "post_words", ["words"], postgresql_using="gin")
    op.create_index("ix_post_words_place", "post_words", ["place", "published_seq"], postgresql_where="place <> ''")
    op.create_table(
        "tags",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("post_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tags")),
    )
    op.create_index("ix_tags_folded", "tags", ["folded"], postgresql_ops={"folded": "text_pattern_ops"})
    op.create_table(
        "tag_follows",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tag_follows_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "tag", name=op.f("pk_tag_follows")),
    )
    op.create_index("ix_tag_follows_newest", "tag_follows", ["user_id", "created_at", "tag"])
    op.execute(
        "INSERT INTO outbox (id, job, arguments, due_at, created_at)"
        " SELECT gen_random_uuid(), job, '[]', now(), now()"
        " FROM unnest(ARRAY['jobs.search.fill_people', 'jobs.search.fill_posts']) job"
        " WHERE EXISTS (SELECT FROM users)"
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("tag_follows")
    op.drop_table("tags")
    op.drop_table("post_words")
    op.drop_table("user_words")
