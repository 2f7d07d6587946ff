"""Where a medium's bytes are for whoever may see it: the one function that answers it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from webapp.core import storage
from webapp.models.media import private_key


@dataclass(frozen=True, slots=True)
class MediaUrls:
    """Addresses of the variants: WebP, and `fallback` as JPEG. `video` is null for photos."""

    thumb: str
    small: str
    medium: str
    large: str
    fallback: str
    video: str | None = None


def addresses(media_id: uuid.UUID, public_key: str, is_public: bool, until: datetime | None = None) -> MediaUrls:
    """Return short stable addresses of what anyone may see, signed and expiring ones of everything else.

    The signed ones of what is over at a moment, `until`, end there at the latest.
    """
    here = storage.here()
    if is_public:
        base = f"{here.access.public_url}/{public_key}"
        return MediaUrls(
            f"{base}/thumb.webp",
            f"{base}/small.webp",
            f"{base}/medium.webp",
            f"{base}/large.webp",
            f"{base}/medium.jpg",
        )
    names = (("thumb", "webp"), ("small", "webp"), ("medium", "webp"), ("large", "webp"), ("medium", "jpg"))
    return MediaUrls(*(here.signed_url(private_key(media_id, name, form), until) for name, form in names))
