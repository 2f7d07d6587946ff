"""What may come in about notifications."""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator

from webapp.core import push
from webapp.core.crypto import unb64
from webapp.web.forms import Listing, Schema, Text

Type = Literal["like", "comment", "reply", "mention", "follow", "request", "accepted", "repost", "tag"]
Pushed = Literal["like", "comment", "reply", "mention", "follow", "request", "accepted", "repost", "tag", "message"]


class Asked(Listing):
    """Which notifications to list: all, or the unread ones."""

    unread: bool = False


class WaysChange(Schema):
    """How one is told of a type. What is left out stays."""

    app: bool | None = None
    push: bool | None = None


class MessageWaysChange(Schema):
    """How one is told of messages. What is left out stays."""

    push: bool | None = None
    content: bool | None = None


class ChoicesChange(Schema):
    """What one wants to be told. Types that are left out stay as they are."""

    like: WaysChange = WaysChange()
    comment: WaysChange = WaysChange()
    reply: WaysChange = WaysChange()
    mention: WaysChange = WaysChange()
    follow: WaysChange = WaysChange()
    request: WaysChange = WaysChange()
    accepted: WaysChange = WaysChange()
    repost: WaysChange = WaysChange()
    tag: WaysChange = WaysChange()
    message: MessageWaysChange = MessageWaysChange()

    def app(self) -> dict[str, bool]:
        """Return which types are switched on or off in the app."""
        return {name: on for name in get_args(Type) if (on := getattr(self, name).app) is not None}

    def push(self) -> dict[str, bool]:
        """Return which types are switched on or off for pushes."""
        return {name: on for name in get_args(Pushed) if (on := getattr(self, name).push) is not None}

    def content(self) -> bool | None:
        """Return whether pushes may say what messages say; None if that stays."""
        return self.message.content


class ChoicesForm(Schema):
    """The types that are ticked in the form: all of those that one wants to be told, and to be pushed."""

    app: list[Type] = []
    push: list[Pushed] = []
    message_content: bool = False

    def wanted(self) -> dict[str, bool]:
        """Return which types are switched on and which off."""
        return {name: name in self.app for name in get_args(Type)}

    def pushed(self) -> dict[str, bool]:
        """Return which types are switched on and which off for pushes."""
        return {name: name in self.push for name in get_args(Pushed)}


def _endpoint(value: str) -> str:
    return push.check_endpoint(value) and value


def _bytes(value: Any) -> Any:
    """Read URL-safe base64, with its padding or without."""
    return unb64(value.rstrip("=")) if isinstance(value, str) else value


Bytes = Annotated[bytes, BeforeValidator(_bytes), WithJsonSchema({"type": "string", "maxLength": 100})]


class PushKeys(Schema):
    """A browser's key and secret, in URL-safe base64."""

    p256dh: Bytes
    auth: Bytes

    @model_validator(mode="after")
    def _fit(self) -> "PushKeys":
        push.check_keys(self.p256dh, self.auth)
        return self


class NewPushSubscription(Schema):
    """What a browser's `PushSubscription.toJSON()` gives. When it ends is the push service's word, not its own."""

    endpoint: Annotated[Text(2000, 1), AfterValidator(_endpoint)]
    keys: PushKeys
    expirationTime: float | None = None


class OldPushSubscription(Schema):
    """Which browser is to be pushed to no more."""

    endpoint: Text(2000, 1)
