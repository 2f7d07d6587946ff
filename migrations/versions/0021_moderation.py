"""Moderation: reports, cases, sanctions, appeals, the rules of the site, and the record that nobody edits.

Revision: 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = (
    "audit_entries",
    "day_figures",
    "option_changes",
    "site_options",
    "access_rules",
    "announcements",
    "blocked_hashes",
    "cases",
    "filters",
    "invites",
    "notices",
    "case_notes",
    "joinings",
    "reports",
    "sanctions",
    "appeals",
)
COLUMNS = {
    "comments": ("moderated",),
    "participants": ("own_title",),
    "media": ("looks",),
    "posts": ("sensitive_forced", "reviewed", "concealed", "deleted_from"),
    "api_tokens": ("proved_at",),
    "sessions": ("proved_at", "trusted_until"),
    "stories": ("moderated", "sensitive"),
    "users": ("own_status", "suspended_until", "expelled_at", "shadowbanned"),
}
UNKNOWN = "held_for IS NOT NULL OR moderated IS NOT NULL OR NOT counted"
STATUSES = ("active", "pending", "deactivated", "suspended", "leaving", "erasing")
TYPES = ("like", "comment", "reply", "mention", "follow", "request", "accepted", "repost", "tag", "notice")


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "audit_entries",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "seq"], unique=False)
    op.create_index("ix_audit_entries_actor_id", "audit_entries", ["actor_id", "seq"], unique=False)
    op.create_index("ix_audit_entries_target", "audit_entries", ["target_type", "target_id", "seq"], unique=False)
    op.create_index("ix_audit_entries_user_id", "audit_entries", ["user_id", "seq"], unique=False)
    op.create_table(
        "day_figures",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=True),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=True),
        sa.Column("processed", sa.Integer(), nullable=True),
        sa.Column("processing_p50", sa.Double(), nullable=True),
        sa.Column("processing_p95", sa.Double(), nullable=True),
        sa.Column("queue_most", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_figures")),
    )
    op.create_table(
        "option_changes",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_option_changes")),
    )
    op.create_index(op.f("ix_option_changes_name"), "option_changes", ["name"], unique=False)
    op.create_table(
        "site_options",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_site_options")),
    )
    op.create_table(
        "access_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("network", postgresql.CIDR(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('refuse', 'approve')", name=op.f("ck_access_rules_action_known")),
        sa.CheckConstraint("(domain IS NULL) <> (network IS NULL)", name=op.f("ck_access_rules_one_kind")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_access_rules_created_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_rules")),
        sa.UniqueConstraint("domain", name=op.f("uq_access_rules_domain")),
        sa.UniqueConstraint("network", name=op.f("uq_access_rules_network")),
    )
    op.create_index(op.f("ix_access_rules_created_by"), "access_rules", ["created_by"], unique=False)
    op.create_table(
        "announcements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), server_default="info", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level IN ('info', 'warning')", name=op.f("ck_announcements_level_known")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_announcements_created_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index(op.f("ix_announcements_created_by"), "announcements", ["created_by"], unique=False)
    op.create_table(
        "blocked_hashes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("hits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_blocked_hashes_created_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_hashes")),
        sa.UniqueConstraint("hash", name=op.f("uq_blocked_hashes_hash")),
    )
    op.create_index(op.f("ix_blocked_hashes_created_by"), "blocked_hashes", ["created_by"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), server_default="report", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("report_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "source IN ('report', 'flag', 'filter', 'hash', 'new_account')", name=op.f("ck_cases_source_known")
        ),
        sa.CheckConstraint(
            "target_type IN ('user', 'post', 'comment', 'story', 'message')", name=op.f("ck_cases_target_known")
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_cases_assignee_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name=op.f("fk_cases_closed_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_cases_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_assignee_id"), "cases", ["assignee_id"], unique=False)
    op.create_index(op.f("ix_cases_closed_by"), "cases", ["closed_by"], unique=False)
    op.create_index(
        "ix_cases_open", "cases", ["target_type", "target_id"], unique=True, postgresql_where="closed_at IS NULL"
    )
    op.create_index("ix_cases_queue", "cases", ["opened_at", "id"], unique=False, postgresql_where="closed_at IS NULL")
    op.create_index(
        "ix_cases_closed", "cases", ["closed_at", "id"], unique=False, postgresql_where="closed_at IS NOT NULL"
    )
    op.create_index("ix_cases_target", "cases", ["target_type", "target_id"], unique=False)
    op.create_index(op.f("ix_cases_user_id"), "cases", ["user_id"], unique=False)
    op.create_table(
        "filters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("whole_word", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("hits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('hold', 'hide', 'refuse')", name=op.f("ck_filters_action_known")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_filters_created_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filters")),
        sa.UniqueConstraint("folded", name=op.f("uq_filters_folded")),
    )
    op.create_index(op.f("ix_filters_created_by"), "filters", ["created_by"], unique=False)
    op.create_table(
        "invites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("most > 0 AND used BETWEEN 0 AND most", name=op.f("ck_invites_uses")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_invites_created_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invites")),
    )
    op.create_index(op.f("ix_invites_created_by"), "invites", ["created_by"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], name=op.f("fk_notices_notification_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_notification_id"), "notices", ["notification_id"], unique=False)
    op.create_index(op.f("ix_notices_user_id"), "notices", ["user_id"], unique=False)
    op.create_table(
        "case_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_case_notes_author_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_notes_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notes")),
    )
    op.create_index(op.f("ix_case_notes_author_id"), "case_notes", ["author_id"], unique=False)
    op.create_index(op.f("ix_case_notes_case_id"), "case_notes", ["case_id"], unique=False)
    op.create_table(
        "joinings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("invite_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invite_id"], ["invites.id"], name=op.f("fk_joinings_invite_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_joinings_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_joinings")),
    )
    op.create_index(op.f("ix_joinings_invite_id"), "joinings", ["invite_id"], unique=False)
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('spam', 'harassment', 'hate', 'nudity', 'violence', 'self_harm', "
            "'illegal', 'impersonation', 'copyright', 'other')",
            name=op.f("ck_reports_reason_known"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reports_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["reporter_id"], ["users.id"], name=op.f("fk_reports_reporter_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_once", "reports", ["case_id", "reporter_id"], unique=True)
    op.create_index(op.f("ix_reports_reporter_id"), "reports", ["reporter_id"], unique=False)
    op.create_table(
        "sanctions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("quiet", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('takedown', 'restore', 'hold', 'approve', 'warn', 'suspend', 'unsuspend', "
            "'shadowban', 'unshadowban', 'sensitive', 'role', 'delete')",
            name=op.f("ck_sanctions_kind_known"),
        ),
        sa.CheckConstraint(
            "target_type IN ('user', 'post', 'comment', 'story', 'message')", name=op.f("ck_sanctions_target_known")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_sanctions_actor_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_sanctions_case_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["undone_by"], ["users.id"], name=op.f("fk_sanctions_undone_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sanctions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions")),
    )
    op.create_index(op.f("ix_sanctions_actor_id"), "sanctions", ["actor_id"], unique=False)
    op.create_index(op.f("ix_sanctions_case_id"), "sanctions", ["case_id"], unique=False)
    op.create_index("ix_sanctions_target", "sanctions", ["target_type", "target_id", "created_at"], unique=False)
    op.create_index(op.f("ix_sanctions_undone_by"), "sanctions", ["undone_by"], unique=False)
    op.create_index(op.f("ix_sanctions_user_id"), "sanctions", ["user_id"], unique=False)
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sanction_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('open', 'accepted', 'rejected')", name=op.f("ck_appeals_status_known")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_appeals_decided_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["sanction_id"], ["sanctions.id"], name=op.f("fk_appeals_sanction_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_appeals_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
    )
    op.create_index(op.f("ix_appeals_decided_by"), "appeals", ["decided_by"], unique=False)
    op.create_index("ix_appeals_sanction_id", "appeals", ["sanction_id"], unique=True)
    op.create_index("ix_appeals_open", "appeals", ["created_at"], unique=False, postgresql_where="status = 'open'")
    op.create_index(op.f("ix_appeals_user_id"), "appeals", ["user_id"], unique=False)
    op.add_column("comments", sa.Column("moderated", sa.Text(), nullable=True))
    op.add_column("media", sa.Column("looks", sa.BigInteger(), nullable=True))
    op.create_index("ix_media_unknown", "media", ["id"], postgresql_where="looks IS NULL AND status = 'ready'")
    op.add_column("posts", sa.Column("sensitive_forced", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("posts", sa.Column("reviewed", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("posts", sa.Column("concealed", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("api_tokens", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("posts", sa.Column("deleted_from", sa.Text(), nullable=True))
    op.add_column("participants", sa.Column("own_title", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("trusted_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stories", sa.Column("moderated", sa.Text(), nullable=True))
    op.add_column("stories", sa.Column("sensitive", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("users", sa.Column("own_status", sa.Text(), server_default="active", nullable=False))
    op.add_column("users", sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("expelled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("shadowbanned", sa.Boolean(), server_default="false", nullable=False))
    op.create_index(
        "ix_users_expelled_at", "users", ["expelled_at"], unique=False, postgresql_where="expelled_at IS NOT NULL"
    )
    op.create_index(
        "ix_users_suspended_until",
        "users",
        ["suspended_until"],
        unique=False,
        postgresql_where="suspended_until IS NOT NULL",
    )
    op.drop_index("ix_users_hidden", table_name="users")
    op.create_index("ix_users_hidden", "users", ["id"], postgresql_where="status <> 'active' OR shadowbanned")
    _index_what_is_hidden("status IN ('processing', 'failed', 'held', 'taken_down')", UNKNOWN)
    op.create_index("ix_posts_concealed", "posts", ["author_id"], postgresql_where="concealed")
    for side in ("follower", "followee"):
        op.create_index(f"ix_follows_uncounted_{side}", "follows", [f"{side}_id"], postgresql_where="NOT counted")
    op.execute(
        "UPDATE users SET own_status = CASE status WHEN 'deactivated' THEN status ELSE 'leaving' END"
        " WHERE status IN ('deactivated', 'leaving', 'erasing')"
    )
    moderated = "moderated IN ('held', 'taken_down', 'concealed')"
    for table in ("comments", "stories"):
        op.create_check_constraint("moderated_known", table, moderated)
    own = "own_status IN ('active', 'pending', 'deactivated', 'leaving')"
    op.create_check_constraint("own_status_known", "users", own)
    _allow("users", "status_known", f"status IN {STATUSES}")
    _allow("notifications", "type_known", f"type IN {TYPES}")
    for table in ("audit_entries", "option_changes"):
        _only_added(table)


def _index_what_is_hidden(unfinished: str, unknown: str) -> None:
    op.drop_index("ix_posts_unfinished", table_name="posts")
    op.create_index("ix_posts_unfinished", "posts", ["author_id", "created_at"], postgresql_where=unfinished)
    op.drop_index("ix_comments_held", table_name="comments")
    op.create_index("ix_comments_held", "comments", ["author_id", "post_id"], postgresql_where=unknown)


def _allow(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(name, table, condition)


def _only_added(table: str) -> None:
    """Refuse changes and deletions whoever asks, the owner of the table and superusers included."""
    op.execute("""
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END $$""")
    op.execute(
        f"CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Go back."""
    op.execute("DELETE FROM notifications WHERE type = 'notice'")
    _allow("notifications", "type_known", f"type IN {TYPES[:-1]}")
    op.execute("UPDATE users SET status = 'deactivated' WHERE status = 'pending'")
    _allow("users", "status_known", f"status IN {tuple(one for one in STATUSES if one != 'pending')}")
    op.drop_index("ix_users_hidden", table_name="users")
    op.create_index("ix_users_hidden", "users", ["id"], postgresql_where="status <> 'active'")
    _index_what_is_hidden("status IN ('processing', 'failed')", "held_for IS NOT NULL")
    for side in ("follower", "followee"):
        op.drop_index(f"ix_follows_uncounted_{side}", table_name="follows")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
