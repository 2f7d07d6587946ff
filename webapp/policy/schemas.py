"""What may come in about the rules of the site."""

import re
import uuid
from datetime import datetime, timedelta
from ipaddress import IPv6Network, ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, model_validator

from webapp.core import clock, folding
from webapp.policy import hashes
from webapp.web import flags, limits
from webapp.web.forms import Schema, Text, unless_empty

MOST_OF_LIMIT = 100_000
_MAPPED = IPv6Network("::ffff:0:0/96")  # IPv4 as IPv6 writes it


class NewFilter(Schema):
    """Words to look for in what people publish, and what happens to what has them."""

    phrase: Text(200, 1)
    action: Literal["hold", "hide", "refuse"]
    whole_word: bool = True

    @model_validator(mode="after")
    def _long_enough(self) -> "NewFilter":
        """Refuse what would be found nowhere, or everywhere."""
        folded = folding.disguised(self.phrase)
        if not folded:
            raise ValueError("This has no letters or digits to look for.")
        if not self.whole_word and len(folded.replace(" ", "")) < (3 if folded.isascii() else 2):
            raise ValueError("Parts of words need three letters at least, or they are found everywhere.")
        return self


class FilterTrial(Schema):
    """A text to hold against the filters."""

    text: Text(2200) = ""


def _bits(value: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{16}", value) or int(value, 16) == hashes.FLAT:
        raise ValueError("A hash has 16 digits, 0 to 9 and a to f.")
    return value


def _address(value: Any) -> Any:
    """Take the address of a post as well as its id."""
    return urlsplit(value.strip()).path.rstrip("/").rpartition("/")[2] if isinstance(value, str) else value


class NewBlockedPhotos(Schema):
    """A photo, all photos of a post, or a hash of 16 hexadecimal digits; one of the three."""

    media_id: Annotated[uuid.UUID | None, BeforeValidator(unless_empty)] = None
    post_id: Annotated[uuid.UUID | None, BeforeValidator(_address), BeforeValidator(unless_empty)] = None
    hash: Annotated[Annotated[str, AfterValidator(_bits)] | None, BeforeValidator(unless_empty)] = None
    note: Text(500) = ""

    @model_validator(mode="after")
    def _one(self) -> "NewBlockedPhotos":
        """Ask for one of the three."""
        if sum(value is not None for value in (self.media_id, self.post_id, self.hash)) != 1:
            raise ValueError("Name a post, a photo or a hash: one of the three.")
        return self


_LONGEST = timedelta(days=3660)


def _to_come(value: datetime | None) -> datetime | None:
    if value is not None and not clock.now() < value < clock.now() + _LONGEST:
        raise ValueError("Choose a time that is still to come, within ten years, or leave it out.")
    return value


class NewInvite(Schema):
    """A link by which some people may join; without an end it stays good until it is used up or taken back."""

    note: Text(200) = ""
    most: int = Field(1, ge=1, le=1000)
    expires_at: Annotated[AwareDatetime | None, AfterValidator(_to_come), BeforeValidator(unless_empty)] = None
    days: Annotated[Annotated[int, Field(ge=1, le=365)] | None, BeforeValidator(unless_empty)] = None


def _domain(value: str | None) -> str | None:
    """Hold a domain against the rules of mail addresses; kept as those are."""
    if value is None:
        return None
    try:
        return validate_email(f"x@{value.strip().lstrip('@.')}", check_deliverability=False).domain.lower()
    except EmailNotValidError as error:
        raise ValueError("This is not a domain. It looks like example.org.") from error


def _network(value: str | None) -> str | None:
    """Hold an address range against the notation with a slash; an address alone is a range of one."""
    if value is None:
        return None
    try:
        found = ip_network(value.strip(), strict=False)
    except ValueError as error:
        raise ValueError("This is not a range of addresses. It looks like 192.0.2.0/24 or 2001:db8::/32.") from error
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):  # people come from it under their plain address
        found = ip_network((found.network_address.packed[-4:], found.prefixlen - 96))
    if found.prefixlen < (8 if found.version == 4 else 16):
        raise ValueError("This range is too large: at least /8, or /16 of IPv6.")
    return str(found)


class NewAccessRule(Schema):
    """A mail domain (with what is below it) or a range of network addresses, and what holds for it."""

    domain: Annotated[Text(253) | None, AfterValidator(_domain), BeforeValidator(unless_empty)] = None
    network: Annotated[Text(50) | None, AfterValidator(_network), BeforeValidator(unless_empty)] = None
    action: Literal["refuse", "approve"]
    note: Text(200) = ""

    @model_validator(mode="after")
    def _one(self) -> "NewAccessRule":
        """Ask for one of the two."""
        if (self.domain is None) == (self.network is None):
            raise ValueError("Give a mail domain or a range of addresses: one of the two.")
        return self


class InviteCode(Schema):
    """The code of an invite's link."""

    invite: str = Field("", max_length=100)


def _gathered(values: Any) -> Any:
    """Gather a form's fields `limits.posts` and `flags.stories`."""
    if not isinstance(values, dict):
        return values
    found: dict[str, Any] = {}
    for name, value in values.items():
        group, dot, key = name.partition(".")
        if dot and group in ("limits", "flags") and isinstance(values.get(group, {}), dict):
            found[group] = {**found.get(group, {}), key: value}
        else:
            found[name] = value
    return found


Limit = Annotated[Annotated[int, Field(ge=1, le=MOST_OF_LIMIT)] | None, BeforeValidator(unless_empty)]


class SiteSettingsChange(Schema):
    """A change of options. What is left out stays; a limit that is null becomes the usual one again."""

    registration: Literal["open", "approval", "invite", "closed"] | None = None
    new_account_days: int | None = Field(None, ge=0, le=90)
    new_account_percent: int | None = Field(None, ge=1, le=100)
    new_account_hold: bool | None = None
    limits: dict[str, Limit] = {}
    flags: dict[str, bool] = {}

    _gather = model_validator(mode="before")(_gathered)

    @model_validator(mode="after")
    def _known(self) -> "SiteSettingsChange":
        """Refuse names that mean nothing here."""
        strange = [name for name in self.limits if name not in limits.BUCKETS]
        strange += [name for name in self.flags if name not in flags.FLAGS]
        if strange:
            raise ValueError(f"There is no limit and no feature of this name: {strange[0][:50]}.")
        return self
