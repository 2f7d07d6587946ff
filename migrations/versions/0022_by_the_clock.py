"""What happens by the clock: each job as it ran last, its last runs, and where storage and rows do not agree.

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INDEXES = (("ix_comments_deleted_at", "comments", "deleted_at"), ("ix_mutes_until", "mutes", "until"))
OUTCOMES = ("running", "done", "failed", "waits", "lost")


def _run() -> list[sa.Column]:
    return [
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
    ]


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "clock_jobs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mark", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        *_run(),
        sa.CheckConstraint(f"outcome IN {OUTCOMES}", name=op.f("ck_clock_jobs_outcome_known")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_jobs")),
    )
    op.create_table(
        "clock_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *_run(),
        sa.CheckConstraint(f"outcome IN {OUTCOMES}", name=op.f("ck_clock_runs_outcome_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_runs")),
    )
    op.create_index("ix_clock_runs_name", "clock_runs", ["name", "started_at"])
    op.create_table(
        "storage_findings",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("bucket IN ('private', 'public')", name=op.f("ck_storage_findings_bucket_known")),
        sa.CheckConstraint("kind IN ('stray', 'missing')", name=op.f("ck_storage_findings_kind_known")),
        sa.PrimaryKeyConstraint("bucket", "key", name=op.f("pk_storage_findings")),
    )
    op.create_index("ix_storage_findings_kind", "storage_findings", ["kind", "found_at"])
    with op.get_context().autocommit_block():  # nobody who writes comments waits for it
        for name, table, column in INDEXES:
            # one that was cut off half-way is there, and invalid
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            condition = sa.text(f"{column} IS NOT NULL")
            op.create_index(name, table, [column], postgresql_where=condition, postgresql_concurrently=True)


def downgrade() -> None:
    """Take all of it away."""
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    for table in ("storage_findings", "clock_runs", "clock_jobs"):
        op.drop_table(table)
