"""What goes out about a photo."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from webapp.core import storage
from webapp.media.placeholder import PALETTE, css_class
from webapp.models import Media as MediaRow
from webapp.visibility import MediaUrls, addresses

_table = MediaRow.__table__.c

# What `of` needs of a row, under names that can stand beside others' columns.
FIELDS = ("id", "type", "status", "error", "width", "height", "alt", "placeholder", "public_key", "is_public")
_NAMES = tuple(f"media_{name}" for name in FIELDS)
COLUMNS = tuple(_table[name].label(f"media_{name}") for name in FIELDS)
_SHADES = {colour: css_class(colour) for colour in PALETTE}
_BOUNDS = {"small": 320, "medium": 640, "large": 1080}


@dataclass(frozen=True, slots=True)
class Media:
    """A photo; `urls` is null until it is ready."""

    id: uuid.UUID
    type: str
    status: str
    width: int | None
    height: int | None
    alt: str
    placeholder: str | None
    duration: float | None
    urls: MediaUrls | None
    error: str | None = None

    @property
    def shade(self) -> str:
        """The class that paints its box before it is there."""
        return _SHADES.get(self.placeholder or "", "")

    @property
    def srcset(self) -> str:
        """The WebP variants with their real widths, for <img srcset>."""
        if self.urls is None or not self.width or not self.height:
            return ""
        longest = max(self.width, self.height)
        widths: dict[int, str] = {}
        for name, bound in _BOUNDS.items():
            width = round(self.width * min(1, bound / longest))
            widths.setdefault(max(1, width), getattr(self.urls, name))
        return ", ".join(f"{url} {width}w" for width, url in widths.items())


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """Where and how the browser sends the bytes."""

    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that has begun."""

    id: uuid.UUID
    upload: UploadTarget


@dataclass(frozen=True, slots=True)
class Accepted:
    """An upload whose bytes have arrived."""

    id: uuid.UUID
    status: str


@dataclass(frozen=True, slots=True)
class UploadStatus:
    """How far an upload is."""

    status: str
    error: str | None
    media: Media


def of(row: Any) -> Media:
    """Make the shape from a row of COLUMNS."""
    return _of_fields(*(getattr(row, name) for name in _NAMES))


def listed(found: list[list[Any]] | None) -> list[Media]:
    """Make the shapes of a post's photos from what `queries.photos` selected."""
    return [_of_fields(uuid.UUID(text), *fields) for text, *fields in found or ()]


def passing(found: list[Any], until: datetime | None) -> Media:
    """Make the shape of a photo, from the values of FIELDS, whose addresses end when what shows it is over."""
    return _of_fields(uuid.UUID(found[0]), *found[1:], until=until)


def _of_fields(
    media_id: uuid.UUID, kind: str, status: str, error: str | None, width: int, height: int, alt: str,
    placeholder: str | None, public_key: str, is_public: bool, until: datetime | None = None,
) -> Media:  # fmt: skip
    urls = addresses(media_id, public_key, is_public, until) if status == "ready" else None
    return Media(media_id, kind, status, width, height, alt, placeholder, None, urls, error)


def portrait(text: str | None, *fields: Any) -> Media | None:
    """Make an avatar's shape from the values of FIELDS; None while there is none to show."""
    return None if text is None else _face(storage.here(), text, *fields)


def face(row: Any) -> Media | None:
    """Make an avatar's shape from a row of COLUMNS; None while there is none to show."""
    return None if row.media_id is None else _face(storage.here(), *(getattr(row, name) for name in _NAMES))


@lru_cache(maxsize=5000)
def _face(_where: storage.Storage, media_id: uuid.UUID | str, *fields: Any) -> Media | None:
    """Make it once: the same few faces stand in every list, and what anyone may see has addresses that stay."""
    _, status, *_, is_public = fields
    if not is_public or status != "ready":
        return None
    return _of_fields(media_id if isinstance(media_id, uuid.UUID) else uuid.UUID(media_id), *fields)
