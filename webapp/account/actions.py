"""Writes of leaving and coming back. What others see changes with the commit; numbers and photos follow by jobs."""

from datetime import timedelta

from webapp.account import states
from webapp.auth import actions as auth
from webapp.auth import keys, tokens
from webapp.core import clock, mailer, sessions
from webapp.core.errors import Conflict, Refused
from webapp.users import queries
from webapp.visibility import Viewer

_grace = [timedelta(days=7)]


def configure(*, days: int) -> None:
    """Set how long somebody may take a deletion back."""
    _grace[:] = [timedelta(days=days)]


def deactivate(viewer: Viewer) -> None:
    """Hide one's account from everybody until one comes back. Twice is once."""
    user = queries.row(viewer.id, lock=True)
    if user.own_status == "active":
        states.choose(user, "deactivated")
        mailer.post("account-hidden", user.email, user.id, username=user.username)


def reactivate(viewer: Viewer) -> None:
    """Come back. Twice is once; one who is suspended is back when that ends."""
    user = queries.row(viewer.id, lock=True)
    if user.own_status == "leaving":
        raise Conflict("Your account is about to be deleted. Take that back to keep it.")
    if user.own_status == "deactivated":
        states.choose(user, "active")


def delete(viewer: Viewer, password: str | None) -> None:
    """Have one's account deleted. It is hidden at once, and everything is erased when the days to think are over.

    Somebody who has not been let in yet has made nothing to think about: what they gave is erased at once.
    """
    user = queries.row(viewer.id, lock=True)
    if password is not None:
        auth.prove(user, password)
    elif not sessions.fresh(viewer.session_id, by_passkey=True):
        sentence = "Give your password, or sign in by a passkey just before."
        raise Refused(sentence, kind="password-needed", field="password")
    if user.own_status == "leaving":
        return
    if user.own_status == "pending":
        states.close(user)
        return
    user.delete_at = clock.now() + _grace[0]
    states.choose(user, "leaving")
    sessions.end(user.id, but=viewer.session_id)
    tokens.end(user.id)
    keys.drop(user.id)
    on = f"{user.delete_at:%-d %B %Y}"
    mailer.post("deletion-asked", user.email, user.id, username=user.username, on=on)


def cancel_deletion(viewer: Viewer) -> None:
    """Keep one's account after all. Twice is once."""
    user = queries.row(viewer.id, lock=True)
    if user.own_status == "leaving" and user.status != "erasing":
        user.delete_at = None
        states.choose(user, "active")
        mailer.post("deletion-cancelled", user.email, user.id, username=user.username)
