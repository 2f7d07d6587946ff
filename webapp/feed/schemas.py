"""What may be asked of the feed."""

from typing import Literal

from webapp.web.forms import Listing


class FeedQuery(Listing):
    """Which feed; left out, a visitor gets the public one and a person what it follows."""

    view: Literal["following", "for_you", "public"] | None = None
