"""What may come in about an upload."""

from typing import Literal

from pydantic import Field, field_validator

from webapp.media.formats import MAX_BYTES
from webapp.web.forms import Schema, Text

TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif")


class NewUpload(Schema):
    """A file about to be sent. The type is a promise for the signature; the bytes decide later."""

    filename: Text(255) = ""
    content_type: str = Field(max_length=100)
    size: int = Field(ge=1)
    purpose: Literal["post", "story", "avatar", "message"] = "post"

    @field_validator("content_type")
    @classmethod
    def _photo(cls, value: str) -> str:
        """Refuse what can't be a photo before a byte is sent."""
        if value not in TYPES:
            raise ValueError("This is not a photo that can be shown here. Choose a JPEG, PNG, WebP, HEIC or AVIF file.")
        return value

    @field_validator("size")
    @classmethod
    def _small_enough(cls, value: int) -> int:
        """Refuse what is too large before a byte is sent."""
        if value > MAX_BYTES:
            raise ValueError("This photo is larger than 10 MB. Choose a smaller one.")
        return value
