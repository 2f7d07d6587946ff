"""What may be asked of the search."""

from typing import Literal

from webapp.web.forms import Listing, Schema, Text

LONGEST = 100
Scope = Literal["all", "own", "saved"]


class Search(Listing):
    """What is looked for."""

    q: Text(LONGEST, 1)


class PostSearch(Search):
    """What is looked for among posts: all of them, one's own, or those that one saved."""

    scope: Scope = "all"


class SearchPage(Schema):
    """What the search page shows."""

    q: Text(LONGEST) = ""
    kind: Literal["people", "posts", "tags"] = "people"
    scope: Scope = "all"
