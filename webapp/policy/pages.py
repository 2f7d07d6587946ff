"""The rules of the site, as pages of staff."""

from typing import Any

from flask import Blueprint

from webapp.core.page import Ask, Page
from webapp.policy import actions, queries
from webapp.policy.schemas import (
    FilterTrial,
    NewAccessRule,
    NewBlockedPhotos,
    NewFilter,
    NewInvite,
    SiteSettingsChange,
)
from webapp.web import forms, htmx, staff
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = Blueprint("policy", __name__)
_FEW = Ask(100)  # of each list on a page that has several; calls page through more


@bp.get("/admin/filters")
@staff.only("moderator")
def filters(form: Any = None, errors: Any = None) -> Any:
    """Show the keyword filters, and what they would do with a text."""
    text = "" if errors else forms.query(FilterTrial, only=True).text
    return htmx.listing(
        "policy/filters.html", "policy/_filters.html", queries.filters(forms.ask()), "filters",
        form=form or {}, errors=errors or {}, text=text, verdict=queries.tried(text),
    )  # fmt: skip


@bp.post("/admin/filters")
@staff.only("moderator")
@forms.redisplay(filters)
def add_filter() -> Any:
    """Add a keyword filter for what people publish from now on."""
    made = actions.add_filter(viewer(), forms.read(NewFilter))
    htmx.toast(f"“{made.phrase}” is looked for from now on.")
    return htmx.go("/admin/filters")


@bp.post("/admin/filters/<filter_id>/delete")
@staff.only("moderator")
def remove_filter(filter_id: str) -> Any:
    """Remove a keyword filter."""
    actions.remove_filter(viewer(), identity(filter_id))
    htmx.toast("The filter is removed.")
    return htmx.go("/admin/filters")


@bp.get("/admin/hashes")
@staff.only("moderator")
def hashes(form: Any = None, errors: Any = None) -> Any:
    """Show which photos are held when they come again."""
    return htmx.listing(
        "policy/hashes.html", "policy/_hashes.html", queries.blocked_photos(forms.ask()), "hashes",
        form=form or {}, errors=errors or {},
    )  # fmt: skip


@bp.post("/admin/hashes")
@staff.only("moderator")
@forms.redisplay(hashes)
def block_photos() -> Any:
    """Block the photos of a post: they are held when they come again."""
    count = len(actions.block_photos(viewer(), forms.read(NewBlockedPhotos)).items)
    htmx.toast("One photo is held when it comes again." if count == 1 else f"{count} photos are held when they come.")
    return htmx.go("/admin/hashes")


@bp.post("/admin/hashes/<hash_id>/delete")
@staff.only("moderator")
def unblock_photo(hash_id: str) -> Any:
    """Unblock a photo."""
    actions.unblock_photo(viewer(), identity(hash_id))
    htmx.toast("This photo may come again.")
    return htmx.go("/admin/hashes")


@bp.get("/admin/joining")
@staff.only("admin")
def joining(form: Any = None, errors: Any = None) -> Any:
    """Show who waits for approval, the invites, and the rules for new accounts."""
    shown = queries.requests(forms.ask())
    if errors:  # of a form with an address of its own, at which there is no list to go on with
        shown = Page(shown.items, None)
    return htmx.listing(
        "policy/joining.html", "policy/_requests.html", shown, "registrations",
        invites=queries.invites(_FEW).items, rules=queries.access_rules(_FEW).items, door=queries.door(),
        form=form or {}, errors=errors or {},
    )  # fmt: skip


@bp.post("/admin/invites")
@staff.only("admin")
@forms.redisplay(joining)
def invite() -> Any:
    """Make a link by which some people may join."""
    made = actions.invite(viewer(), forms.read(NewInvite))
    htmx.toast(f"Here is the link to pass on: {made.url}")
    return htmx.go("/admin/joining#invites")


@bp.post("/admin/invites/<invite_id>/revoke")
@staff.only("admin")
def revoke(invite_id: str) -> Any:
    """Take an invite back."""
    actions.revoke(viewer(), identity(invite_id))
    htmx.toast("The invite is taken back. People who joined by it stay.")
    return htmx.go("/admin/joining#invites")


@bp.post("/admin/access-rules")
@staff.only("admin")
@forms.redisplay(joining)
def add_rule() -> Any:
    """Add a rule: new accounts of a mail domain or a range of addresses are refused, or wait for approval."""
    made = actions.add_rule(viewer(), forms.read(NewAccessRule))
    htmx.toast(f"There is a rule for {made.domain or made.network} now.")
    return htmx.go("/admin/joining#rules")


@bp.post("/admin/access-rules/<rule_id>/delete")
@staff.only("admin")
def remove_rule(rule_id: str) -> Any:
    """Remove a rule."""
    actions.remove_rule(viewer(), identity(rule_id))
    htmx.toast("The rule is removed.")
    return htmx.go("/admin/joining#rules")


@bp.get("/admin/settings")
@staff.only("admin")
def settings(form: Any = None, errors: Any = None) -> Any:
    """Show the forms of all options."""
    return htmx.page("policy/settings.html", settings=queries.settings(), form=form or {}, errors=errors or {})


@bp.post("/admin/settings")
@staff.only("admin")
@forms.redisplay(settings)
def change_settings() -> Any:
    """Change options."""
    actions.change_settings(viewer(), forms.read(SiteSettingsChange))
    htmx.toast("The settings are saved, and hold within seconds.")
    return htmx.go("/admin/settings")


@bp.get("/admin/settings/history")
@staff.only("admin")
def history() -> Any:
    """Show what was changed in the options, by whom and when."""
    return htmx.listing("policy/history.html", "policy/_history.html", queries.history(forms.ask()), "history")
