"""What may come in when somebody signs up or in."""

import unicodedata
from typing import Annotated, Any, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from webapp.auth.passwords import weakness
from webapp.core import text
from webapp.users.schemas import Username
from webapp.web.forms import Schema, Text


def _email(value: str) -> str:
    """Hold an address against the rules of mail; stored folded."""
    try:
        return validate_email(value.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise ValueError("This is not an e-mail address. It looks like name@example.org.") from error


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]


def _typed(value: Any) -> Any:
    """Bring what was typed into one form: some systems send é as two characters. Blanks at its ends count."""
    if isinstance(value, str) and text.carries_control(value):
        raise ValueError("This contains characters that can't be used.")
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


Password = Annotated[str, Field(min_length=10, max_length=128), BeforeValidator(_typed)]
Secret = Annotated[str, Field(min_length=1, max_length=1024), BeforeValidator(_typed)]


def _split(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


class Registration(Schema):
    """A new account."""

    username: Username
    email: Email
    password: Password
    display_name: Text(100) = ""

    @field_validator("password")
    @classmethod
    def _strong(cls, value: str, info: ValidationInfo) -> str:
        """Refuse a password that is easily guessed."""
        found = weakness(value, info.data.get("username", ""), info.data.get("email", ""))
        if found:
            raise ValueError(found)
        return value


class SignIn(Schema):
    """A sign-in with user name or e-mail address."""

    username: Secret
    password: Secret
    stay: bool = False
    totp: None = None  # accepted as null until two-factor sign-in is there
    next: str = Field("/", max_length=2000)


class TokenRequest(Schema):
    """A program's wish to act for a person."""

    username: Secret
    password: Secret
    name: Text(100, 1)
    totp: None = None
    scopes: Annotated[list[Literal["read", "write"]], BeforeValidator(_split), Field(min_length=1)] = [
        "read",
        "write",
    ]


class RefreshRequest(Schema):
    """A refresh token, to be changed for the next pair."""

    refresh_token: Secret


class RevokeRequest(Schema):
    """A token, access or refresh, whose family is to end."""

    token: Secret


class EmailChange(Schema):
    """Another address, with the password as proof."""

    email: Email
    password: Secret


class Forgotten(Schema):
    """The address of somebody who does not know the password any more."""

    email: Email


class MailedKey(Schema):
    """What the link in a mail carries."""

    token: Secret


class PasswordReset(Schema):
    """A new password, with a mailed key as proof."""

    token: Secret
    new_password: Password


class PasswordChange(Schema):
    """A new password, with the old one as proof."""

    current_password: Secret
    new_password: Password
