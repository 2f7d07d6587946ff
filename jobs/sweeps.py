"""What the clock calls: each may run twice, at any time, does a bounded piece, and returns how much it did."""

from collections.abc import Callable
from time import monotonic

import jobs
from webapp.account import erasure
from webapp.auth import guesses, keys, passkeys, tokens, totp
from webapp.comments import actions as comments
from webapp.core import cache, db, idempotency, log, mailer, metrics, outbox, runs, sessions, traces
from webapp.feed import snapshots
from webapp.graph import circles
from webapp.media import actions as media
from webapp.media import queries as media_queries
from webapp.messages import clearing
from webapp.moderation import cases
from webapp.notifications import actions as notifications
from webapp.notifications import digest as digests
from webapp.notifications import notices, push
from webapp.posts import actions as posts
from webapp.posts import words
from webapp.users import actions as users
from webapp.visibility import Viewer

_LOOKED_AT, _RANKED = 500, 40  # people who are here; of them, those for whom is ranked a minute
_SECONDS = 15.0  # for what has several pieces

# What expires, each part in a transaction of its own. The first ones are those that people were promised.
EXPIRING: dict[str, Callable[[], int]] = {
    "sessions": sessions.sweep,
    "tokens": tokens.sweep,
    "mail_keys": keys.sweep,
    "two_step_setups": totp.sweep,
    "passkey_challenges": passkeys.sweep,
    "failed_sign_ins": guesses.sweep,
    "kept_answers": idempotency.sweep,
    "unused_uploads": media.sweep,
    "stray_uploads": media.sweep_incoming,
    "deleted_posts": posts.sweep,
    "deleted_comments": comments.sweep,
    "conversations": clearing.sweep,
    "notifications": notifications.sweep,
    "notices": notices.sweep,
    "push_subscriptions": push.sweep,
    "finished_jobs": outbox.sweep,
    "unsent_mails": mailer.sweep,
    "past_names": users.sweep,
    "erased_names": erasure.sweep,
    "ended_mutes": circles.sweep,
    "closed_cases": cases.sweep,
}


class Incomplete(Exception):
    """Some parts failed and the others did not. `done`: what these did."""

    def __init__(self, wrong: dict[str, str], done: dict[str, int]):
        super().__init__("; ".join(f"{part}: {said}" for part, said in wrong.items()))
        self.done = done


def resend() -> int:
    """Send jobs again that nobody works on: Redis was away when they were made, or their worker died."""
    found = jobs.now(outbox.overdue)
    return sum(outbox.relay(*row) for row in found)


def tidy() -> dict[str, int]:
    """Delete some of all that has expired. A part that fails holds no other up.

    One for which there was no time is the first at the next call.
    """
    until, done, wrong = monotonic() + _SECONDS, {}, {}
    left = _from(jobs.now(lambda: runs.mark("tidy")))
    while left and monotonic() < until:
        part = left.pop(0)
        try:
            done[part] = jobs.now(EXPIRING[part])
        except Exception as error:  # whatever it is about this part
            log.get().warning("part not tidied", part=part, error=type(error).__name__)
            wrong[part] = runs.first_line(traces.said(error))
    jobs.now(lambda: runs.keep("tidy", left[0] if left else None))
    if wrong:
        raise Incomplete(wrong, done)
    return done


def _from(first: str | None) -> list[str]:
    parts = list(EXPIRING)
    start = parts.index(first) if first in EXPIRING else 0
    return parts[start:] + parts[:start]


def find_missing() -> None:
    """Let search enter what something forgot: rows that came while a version before this one still wrote them."""
    jobs.now(lambda: outbox.enqueue("jobs.search.fill_people"))
    jobs.now(lambda: outbox.enqueue("jobs.search.fill_posts"))


def count_tags() -> None:
    """Count the posts of some hashtags anew, those that were counted longest ago: a round that never ends."""
    jobs.now(words.recount)


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


def digest() -> int:
    """Send the daily mails that are due, some at a time until none is or the time is over. Returns how many were."""
    until, due = monotonic() + _SECONDS, 0
    while monotonic() < until and (sent := jobs.now(digests.send)):
        due += sent
    return due


def measure() -> None:
    """Bring the gauges up to date."""
    jobs.app()
    with db.unit(reading=True):
        metrics.storage_bytes.set(media_queries.kept_bytes())
        metrics.active_sessions.set(sessions.count())
