"""What cron calls: each may run twice, at any time, and does a bounded piece."""

import jobs
from jobs import account
from webapp.account import erasure
from webapp.auth import guesses, keys, passkeys, tokens, totp
from webapp.core import cache, db, idempotency, log, mailer, metrics, outbox, sessions
from webapp.core.errors import Unavailable
from webapp.feed import snapshots
from webapp.media import actions as media
from webapp.media import queries as media_queries
from webapp.messages import clearing
from webapp.notifications import actions as notifications
from webapp.notifications import digest as digests
from webapp.notifications import notices, push
from webapp.posts import actions as posts
from webapp.posts import words
from webapp.visibility import Viewer

_LOOKED_AT, _RANKED = 500, 40  # people who are here; of them, those for whom is ranked a minute


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
        clearing.sweep,
        notifications.sweep,
        notices.sweep,
        push.sweep,
        outbox.sweep,
        mailer.sweep,
        erasure.sweep,
    ):
        removed = jobs.now(sweep)
        if removed:
            log.get().info("swept", what=f"{sweep.__module__}.{sweep.__name__}", removed=removed)


def find_missing() -> None:
    """Let search enter what something forgot: rows that came while a version before this one still wrote them."""
    jobs.now(lambda: outbox.enqueue("jobs.search.fill_people"))
    jobs.now(lambda: outbox.enqueue("jobs.search.fill_posts"))


def recount() -> int:
    """Count the posts of some hashtags anew, those that were counted longest ago."""
    return jobs.now(words.recount)


def rank() -> int:
    """Rank `for_you` for some of the people who are here, before they ask for it; without Redis it would be in vain."""
    jobs.app()
    if not cache.alive():
        return 0
    made = 0
    with db.unit(reading=True, make=jobs.session_factory[0]):
        for person in sessions.here(_LOOKED_AT):
            made += made < _RANKED and snapshots.refresh(Viewer(person, role="user"))
    return made


def digest() -> None:
    """Send the daily mails that are due, some at a time until none is."""
    while sent := jobs.now(digests.send):
        log.get().info("digests", due=sent)


def measure() -> None:
    """Bring the gauges up to date."""
    jobs.app()
    with db.unit(reading=True):
        metrics.storage_bytes.set(media_queries.kept_bytes())
        metrics.active_sessions.set(sessions.count())


def erase() -> None:
    """Erase accounts whose owners wanted them deleted, and did not think better of it."""
    try:
        erased = account.erase()
    except Unavailable as error:  # a part is away: the next call goes on
        log.get().warning("erasing waits", error=str(error))
        return
    if erased:
        log.get().info("accounts erased", erased=erased)
