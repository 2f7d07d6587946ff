"""What may come in about notifications."""

from typing import Literal, get_args

from webapp.web.forms import Listing, Schema

Type = Literal["like", "comment", "reply", "mention", "follow", "request", "accepted", "repost", "tag"]


class Asked(Listing):
    """Which notifications to list: all, or the unread ones."""

    unread: bool = False


class WaysChange(Schema):
    """How one is told of a type. What is left out stays."""

    app: bool | None = None


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

    def app(self) -> dict[str, bool]:
        """Return which types are switched on or off in the app."""
        ways = {name: getattr(self, name).app for name in type(self).model_fields}
        return {name: on for name, on in ways.items() if on is not None}


class ChoicesForm(Schema):
    """The types that are ticked in the form: all of those that one wants to be told in the app."""

    app: list[Type] = []

    def wanted(self) -> dict[str, bool]:
        """Return which types are switched on and which off."""
        return {name: name in self.app for name in get_args(Type)}
