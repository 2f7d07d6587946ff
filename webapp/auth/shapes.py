"""What goes out about sign-ins."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from webapp.models import UserSession
from webapp.users.shapes import User


@dataclass(frozen=True, slots=True)
class Account(User):
    """Oneself, with what nobody else sees. `pending_email` waits to be confirmed.

    `status` is how the account stands; `own_status` is what one chose, and counts again once a suspension ends.
    """

    status: str
    own_status: str
    suspended_until: datetime | None
    delete_at: datetime | None
    email: str
    email_confirmed: bool
    pending_email: str | None
    two_step: bool
    recovery_codes_left: int
    passkeys: int


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of one's own."""

    id: uuid.UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class TotpSecret:
    """What an app needs for two-step sign-in: `qr` is an image (a data: address) of `uri`, which holds `secret`."""

    secret: str
    uri: str
    qr: str


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Codes that stand in for the app, each once. They are shown this once."""

    codes: list[str]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The answer to a sign-in."""

    user: User
    csrf_token: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Until when it counts that one has shown who one is; staff's visits move it on."""

    until: datetime


@dataclass(frozen=True, slots=True)
class CsrfToken:
    """What a script with cookies sends as X-CSRFToken."""

    csrf_token: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of tokens; `expires_in` is the access token's time in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in on one device."""

    id: uuid.UUID
    device: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


def session(row: UserSession, current: uuid.UUID | None) -> Session:
    """Make the shape of a session."""
    return Session(
        row.id,
        device(row.device),
        row.address,
        row.created_at,
        row.last_seen_at,
        row.expires_at,
        row.id == current,
    )


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device(agent: str) -> str:
    """Say in words what a User-Agent header means: Firefox on Linux."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if not browser:
        return agent[:60] or "Unknown device"
    return f"{browser} on {system}" if system else browser
