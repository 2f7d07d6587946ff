"""The search page, and what appears on it while one types."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint

from webapp.core.page import Ask, Page
from webapp.posts import tags
from webapp.search import queries
from webapp.search.schemas import SearchPage
from webapp.web import forms, htmx, limits, replicas
from webapp.web.viewer import viewer

bp = Blueprint("search", __name__)
_FIRST_LETTERS = 2  # what is typed is looked for from here on
_LISTS = {
    "people": ("users/_items.html", "people"),
    "posts": ("posts/_grid.html", "grid"),
    "tags": ("search/_tags.html", "tags"),
}


@bp.get("/search")
@limits.on("search")
@replicas.may_lag
def index() -> Any:
    """Show what was found, or, before anything is typed, the hashtags that one follows."""
    asked = _asked()
    page = _found(asked, forms.ask())
    items, list_id = _LISTS[_kind(asked)]
    return htmx.listing("search/index.html", items, page, list_id, **_words(asked))


@bp.get("/search/typed")
@limits.on("as-you-type")
@replicas.may_lag
def typed() -> Any:
    """Show what was found of what has been typed so far, in place of what was found before."""
    asked = _asked()
    if len(asked.q) < _FIRST_LETTERS:
        asked = SearchPage(kind=asked.kind, scope=asked.scope)
    page = _found(asked, Ask())
    items, list_id = _LISTS[_kind(asked)]
    words = {"q": asked.q, "kind": asked.kind, "scope": asked.scope, "cursor": page.next_cursor}
    older = f"/search?{urlencode(words)}" if page.next_cursor else None
    more = {"page": page, "items_template": items, "list_id": list_id, "older_url": older, "end_text": ""}
    return htmx.page("search/_results.html", said=True, **more, **_words(asked))


def _asked() -> SearchPage:
    """Return what is looked for; a word that begins with # is no person's."""
    asked = forms.query(SearchPage, only=True)
    return asked.model_copy(update={"kind": "tags"}) if asked.kind == "people" and asked.q[:1] == "#" else asked


def _kind(asked: SearchPage) -> str:
    return asked.kind if asked.q else "tags"


def _words(asked: SearchPage) -> dict[str, Any]:
    return {"q": asked.q, "kind": asked.kind, "scope": "all" if viewer().is_visitor else asked.scope}


def _found(asked: SearchPage, ask: Ask) -> Page[Any]:
    me = viewer()
    if not asked.q:
        return tags.followed(me, ask)
    if asked.kind == "people":
        return queries.people(me, asked.q, ask)
    if asked.kind == "tags":
        return tags.beginning(me, asked.q, ask)
    return queries.posts_with(me, asked.q, "all" if me.is_visitor else asked.scope, ask)
