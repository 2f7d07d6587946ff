"""first tables.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("posts_published_seq")))
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_failed", "outbox", ["created_at"], unique=False, postgresql_where="status = 'failed'")
    op.create_index(
        "ix_outbox_open", "outbox", ["due_at"], unique=False, postgresql_where="status IN ('queued', 'running')"
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_sign_in_failures")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=30), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), server_default="", nullable=False),
        sa.Column("bio", sa.Text(), server_default="", nullable=False),
        sa.Column("links", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("role", sa.Text(), server_default="user", nullable=False),
        sa.Column("is_private", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_verified", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("avatar_id", sa.Uuid(), nullable=True),
        sa.Column("next_avatar_id", sa.Uuid(), nullable=True),
        sa.Column("post_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("follower_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("following_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_post_seq", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('user', 'creator', 'moderator', 'admin')", name=op.f("ck_users_role_known")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_folded")),
        sa.CheckConstraint(
            "post_count >= 0 AND follower_count >= 0 AND following_count >= 0", name=op.f("ck_users_counts")
        ),
        sa.CheckConstraint("username = lower(username)", name=op.f("ck_users_username_folded")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_index(
        "ix_users_avatar_id", "users", ["avatar_id"], unique=False, postgresql_where="avatar_id IS NOT NULL"
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("access_hash", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=False),
        sa.Column("access_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("access_hash", name=op.f("uq_api_tokens_access_hash")),
        sa.UniqueConstraint("refresh_hash", name=op.f("uq_api_tokens_refresh_hash")),
    )
    op.create_index(op.f("ix_api_tokens_family_id"), "api_tokens", ["family_id"], unique=False)
    op.create_index(op.f("ix_api_tokens_refresh_expires_at"), "api_tokens", ["refresh_expires_at"], unique=False)
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "follows",
        sa.Column("follower_id", sa.Uuid(), nullable=False),
        sa.Column("followee_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("follower_id <> followee_id", name=op.f("ck_follows_not_oneself")),
        sa.ForeignKeyConstraint(["followee_id"], ["users.id"], name=op.f("fk_follows_followee_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["follower_id"], ["users.id"], name=op.f("fk_follows_follower_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("follower_id", "followee_id", name=op.f("pk_follows")),
    )
    op.create_index("ix_follows_followee", "follows", ["followee_id", "created_at", "follower_id"], unique=False)
    op.create_index("ix_follows_follower", "follows", ["follower_id", "created_at", "followee_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "past_usernames",
        sa.Column("username", sa.String(length=30), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_past_usernames_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_past_usernames")),
    )
    op.create_index(op.f("ix_past_usernames_user_id"), "past_usernames", ["user_id"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="processing", nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("published_seq", sa.BigInteger(), nullable=True),
        sa.Column("caption", sa.Text(), server_default="", nullable=False),
        sa.Column("location", sa.Text(), server_default="", nullable=False),
        sa.Column("hashtags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("mentions", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("like_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comment_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sensitive", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("comments_enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status <> 'published' OR published_seq IS NOT NULL", name=op.f("ck_posts_published_in_order")
        ),
        sa.CheckConstraint(
            "status IN ('processing', 'published', 'failed', 'held', 'taken_down', 'deleted')",
            name=op.f("ck_posts_status_known"),
        ),
        sa.CheckConstraint("like_count >= 0 AND comment_count >= 0", name=op.f("ck_posts_counts")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_posts_author_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index("ix_posts_author_id", "posts", ["author_id"], unique=False)
    op.create_index(
        "ix_posts_author_published",
        "posts",
        ["author_id", "published_seq"],
        unique=False,
        postgresql_where="status = 'published'",
    )
    op.create_index("ix_posts_deleted", "posts", ["deleted_at"], unique=False, postgresql_where="status = 'deleted'")
    op.create_index(
        "ix_posts_published", "posts", ["published_seq"], unique=True, postgresql_where="status = 'published'"
    )
    op.create_index(
        "ix_posts_unfinished",
        "posts",
        ["author_id", "created_at"],
        unique=False,
        postgresql_where="status IN ('processing', 'failed')",
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("stay", sa.Boolean(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_sessions_key_hash")),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"], unique=False)
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("like_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reply_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("like_count >= 0 AND reply_count >= 0", name=op.f("ck_comments_counts")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_comments_author_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["deleted_by"], ["users.id"], name=op.f("fk_comments_deleted_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["parent_id"], ["comments.id"], name=op.f("fk_comments_parent_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_comments_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_author_id", "comments", ["author_id"], unique=False)
    op.create_index(
        "ix_comments_deleted_by", "comments", ["deleted_by"], unique=False, postgresql_where="deleted_by IS NOT NULL"
    )
    op.create_index("ix_comments_newest", "comments", ["post_id", "seq"], unique=False)
    op.create_index(
        "ix_comments_replies", "comments", ["parent_id", "seq"], unique=False, postgresql_where="parent_id IS NOT NULL"
    )
    op.create_index(
        "ix_comments_thread",
        "comments",
        ["post_id", "seq"],
        unique=False,
        postgresql_where="parent_id IS NULL AND deleted_at IS NULL",
    )
    op.create_table(
        "likes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_likes_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_likes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "post_id", name=op.f("pk_likes")),
    )
    op.create_index("ix_likes_post", "likes", ["post_id", "created_at", "user_id"], unique=False)
    op.create_index("ix_likes_user", "likes", ["user_id", "created_at", "post_id"], unique=False)
    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), server_default="image", nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("placeholder", sa.Text(), nullable=True),
        sa.Column("alt", sa.Text(), server_default="", nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('post', 'story', 'avatar', 'message')", name=op.f("ck_media_purpose_known")),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'ready', 'failed')", name=op.f("ck_media_status_known")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_media_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_media_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("public_key", name=op.f("uq_media_public_key")),
    )
    op.create_index("ix_media_owner", "media", ["owner_id", "created_at"], unique=False)
    op.create_index("ix_media_post", "media", ["post_id", "position"], unique=False)
    op.create_index("ix_media_unused", "media", ["created_at"], unique=False, postgresql_where="post_id IS NULL")
    op.create_table(
        "post_tags",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("published_seq", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_post_tags_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag", "post_id", name=op.f("pk_post_tags")),
    )
    op.create_index("ix_post_tags_newest", "post_tags", ["tag", "published_seq"], unique=False)
    op.create_index("ix_post_tags_post_id", "post_tags", ["post_id"], unique=False)
    op.create_table(
        "saves",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_saves_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saves_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "post_id", name=op.f("pk_saves")),
    )
    op.create_index("ix_saves_post_id", "saves", ["post_id"], unique=False)
    op.create_index("ix_saves_user", "saves", ["user_id", "created_at", "post_id"], unique=False)
    op.create_table(
        "comment_likes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_likes_comment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_comment_likes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "comment_id", name=op.f("pk_comment_likes")),
    )
    op.create_index("ix_comment_likes_comment_id", "comment_likes", ["comment_id"], unique=False)
    op.create_foreign_key("fk_users_avatar_id", "users", "media", ["avatar_id"], ["id"], ondelete="SET NULL")
    op.create_foreign_key("fk_users_next_avatar_id", "users", "media", ["next_avatar_id"], ["id"], ondelete="SET NULL")
    op.create_index(
        "ix_users_next_avatar_id",
        "users",
        ["next_avatar_id"],
        unique=False,
        postgresql_where="next_avatar_id IS NOT NULL",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_constraint("fk_users_next_avatar_id", "users", type_="foreignkey")
    op.drop_constraint("fk_users_avatar_id", "users", type_="foreignkey")
    op.drop_index("ix_comment_likes_comment_id", table_name="comment_likes")
    op.drop_table("comment_likes")
    op.drop_index("ix_saves_user", table_name="saves")
    op.drop_index("ix_saves_post_id", table_name="saves")
    op.drop_table("saves")
    op.drop_index("ix_post_tags_post_id", table_name="post_tags")
    op.drop_index("ix_post_tags_newest", table_name="post_tags")
    op.drop_table("post_tags")
    op.drop_index("ix_media_unused", table_name="media", postgresql_where="post_id IS NULL")
    op.drop_index("ix_media_post", table_name="media")
    op.drop_index("ix_media_owner", table_name="media")
    op.drop_table("media")
    op.drop_index("ix_likes_user", table_name="likes")
    op.drop_index("ix_likes_post", table_name="likes")
    op.drop_table("likes")
    op.drop_index(
        "ix_comments_thread", table_name="comments", postgresql_where="parent_id IS NULL AND deleted_at IS NULL"
    )
    op.drop_index("ix_comments_replies", table_name="comments", postgresql_where="parent_id IS NOT NULL")
    op.drop_index("ix_comments_newest", table_name="comments")
    op.drop_index("ix_comments_deleted_by", table_name="comments", postgresql_where="deleted_by IS NOT NULL")
    op.drop_index("ix_comments_author_id", table_name="comments")
    op.drop_table("comments")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_index("ix_sessions_expires_at", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_posts_unfinished", table_name="posts", postgresql_where="status IN ('processing', 'failed')")
    op.drop_index("ix_posts_published", table_name="posts", postgresql_where="status = 'published'")
    op.drop_index("ix_posts_deleted", table_name="posts", postgresql_where="status = 'deleted'")
    op.drop_index("ix_posts_author_id", table_name="posts")
    op.drop_index("ix_posts_author_published", table_name="posts", postgresql_where="status = 'published'")
    op.drop_table("posts")
    op.drop_index(op.f("ix_past_usernames_user_id"), table_name="past_usernames")
    op.drop_table("past_usernames")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_follows_follower", table_name="follows")
    op.drop_index("ix_follows_followee", table_name="follows")
    op.drop_table("follows")
    op.drop_index(op.f("ix_api_tokens_user_id"), table_name="api_tokens")
    op.drop_index(op.f("ix_api_tokens_refresh_expires_at"), table_name="api_tokens")
    op.drop_index(op.f("ix_api_tokens_family_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_index("ix_users_avatar_id", table_name="users", postgresql_where="avatar_id IS NOT NULL")
    op.drop_table("users")
    op.drop_table("sign_in_failures")
    op.drop_index("ix_outbox_open", table_name="outbox", postgresql_where="status IN ('queued', 'running')")
    op.drop_index("ix_outbox_failed", table_name="outbox", postgresql_where="status = 'failed'")
    op.drop_table("outbox")
    op.execute(sa.schema.DropSequence(sa.Sequence("posts_published_seq")))
