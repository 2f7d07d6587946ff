"""What may come in when somebody signs up or in."""

import unicodedata
from typing import Annotated, Any, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from webapp.auth.passwords import weakness
from webapp.core import text
from webapp.users.schemas import Username
from webapp.web.forms import Line, Schema, Text


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


def _code(value: Any) -> Any:
    """Take a code as it was typed: apps show it in two parts."""
    return "".join(value.split()) or None if isinstance(value, str) else value


Code = Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(_code)]
MaybeCode = Annotated[str | None, Field(max_length=64), BeforeValidator(_code)]


def _split(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


class Registration(Schema):
    """A new account."""

    username: Username
    email: Email
    password: Password
    display_name: Line(100) = ""
    words: Text(500) = ""  # why one wants to join, where somebody approves it
    invite: Annotated[str | None, Field(max_length=100), BeforeValidator(lambda value: value or None)] = None

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
    totp: MaybeCode = None  # a code of the app, or a recovery code
    next: str = Field("/", max_length=2000)


def _one_line(value: str) -> str:
    """Names of programs and passkeys stand in mails: no line of their own, no address."""
    return " ".join(value.replace("://", " ").split())


class TokenRequest(Schema):
    """A program's wish to act for a person."""

    username: Secret
    password: Secret
    name: Annotated[Text(100, 1), AfterValidator(_one_line)]
    totp: MaybeCode = None
    scopes: Annotated[list[Literal["read", "write", "admin"]], BeforeValidator(_split), Field(min_length=1)] = [
        "read",
        "write",
    ]


class SecondStep(Schema):
    """The code that follows the password."""

    code: Code


class Proof(Schema):
    """The password once more."""

    password: Secret


class TotpProof(Schema):
    """What turns two-step sign-in off: the password, or a code."""

    password: Annotated[Secret | None, BeforeValidator(lambda value: value or None)] = None
    code: MaybeCode = None

    @model_validator(mode="after")
    def _either(self) -> "TotpProof":
        """Ask for one of the two."""
        if self.password is None and self.code is None:
            raise ValueError("Give your password or a code.")
        return self


class PasskeyWish(Schema):
    """A wish for a passkey; the password as proof, unless one has just signed in."""

    password: Annotated[Secret | None, BeforeValidator(lambda value: value or None)] = None


class NewPasskey(Schema):
    """What a device answered (RegistrationResponseJSON), and what the passkey is called."""

    credential: dict[str, Any]
    name: Annotated[Text(100), AfterValidator(_one_line)] = ""


class PasskeySignIn(Schema):
    """What a device answered (AuthenticationResponseJSON)."""

    credential: dict[str, Any]
    stay: bool = False


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


class Confirmation(Schema):
    """Proof of identity: the password (with a code if two-step sign-in is on) or what a passkey's device says."""

    password: Annotated[Secret | None, BeforeValidator(lambda value: value or None)] = None
    totp: MaybeCode = None
    credential: dict[str, Any] | None = None
    next: str = Field("/", max_length=2000)

    @model_validator(mode="after")
    def _either(self) -> "Confirmation":
        """Ask for one of the two."""
        if self.password is None and self.credential is None:
            raise ValueError("Give your password.")
        return self


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
