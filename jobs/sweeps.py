"""What cron calls: each may run twice, at any time, and does a bounded piece."""

import jobs
from jobs import account
from webapp.account import erasure
from webapp.auth import guesses, keys, passkeys, tokens, totp
from webapp.core import db, idempotency, log, mailer, metrics, outbox, sessions
from webapp.media import actions as media
from webapp.media import queries as media_queries
from webapp.notifications import actions as notifications
from webapp.posts import actions as posts


def resend() -> int:
    """Send jobs again that nobody works on: Redis was away when they were made, or their worker died."""
    found = jobs.now(outbox.overdue)
    return sum(outbox.relay(job_id) for job_id in found)


def tidy() -> None:
    """Delete what has expired: sessions, tokens, kept answers, abandoned uploads, deleted posts, old news and mails."""
    for sweep in (
        sessions.sweep,
        tokens.sweep,
        keys.sweep,
        totp.sweep,
        passkeys.sweep,
        guesses.sweep,
        idempotency.sweep,
        media.sweep,
        media.sweep_incoming,
        posts.sweep,
        notifications.sweep,
        outbox.sweep,
        mailer.sweep,
        erasure.sweep,
    ):
        removed = jobs.now(sweep)
        if removed:
            log.get().info("swept", what=f"{sweep.__module__}.{sweep.__name__}", removed=removed)


def measure() -> None:
    """Bring the gauges up to date."""
    jobs.app()
    with db.unit(reading=True):
        metrics.storage_bytes.set(media_queries.kept_bytes())
        metrics.active_sessions.set(sessions.count())


def erase() -> None:
    """Erase accounts whose owners wanted them deleted, and did not think better of it."""
    erased = account.erase()
    if erased:
        log.get().info("accounts erased", erased=erased)
