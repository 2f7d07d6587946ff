"""Accounts: find out whether somebody's link to a new password is to be mailed."""

import uuid
from collections.abc import Callable
from functools import partial

from webapp.auth import actions


def forgot(mail_id: str) -> Callable[[], None]:
    """Mail the link, if the address is an account's."""
    return partial(actions.mail_reset, uuid.UUID(mail_id))
