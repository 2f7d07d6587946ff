"""What may be asked of a person's pages."""

from pydantic import Field

from webapp.web.forms import Listing


class SeenAs(Listing):
    """By whose eyes to look at one's own page: `stranger`, `follower`, or a person's name."""

    view_as: str = Field("stranger", max_length=50)
