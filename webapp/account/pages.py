"""Leaving and coming back, as pages."""

from typing import Any

from flask import Blueprint, current_app
from flask_login import login_required

from webapp.account import actions, queries
from webapp.account.schemas import Farewell
from webapp.web import forms, htmx, limits
from webapp.web import viewer as way_in
from webapp.web.viewer import viewer

bp = Blueprint("account", __name__)


@bp.get("/settings/data")
@way_in.open_to_hidden
@login_required
def account(form: Any = None, errors: Any = None) -> Any:
    """Show how one's account stands, and the ways to leave and to come back."""
    days = current_app.config["SETTINGS"].deletion_days
    return htmx.page("account/account.html", stands=queries.own(viewer()), days=days, errors=errors or {})


@bp.post("/settings/data/deactivate")
@way_in.open_to_hidden
@login_required
def deactivate() -> Any:
    """Hide one's account."""
    actions.deactivate(viewer())
    htmx.toast("Your account is hidden. Come back whenever you like: everything is kept.")
    return htmx.go("/settings/data")


@bp.post("/settings/data/reactivate")
@way_in.open_to_hidden
@login_required
def reactivate() -> Any:
    """Come back."""
    actions.reactivate(viewer())
    return _back("Welcome back. Everybody finds you again; photos and numbers follow within a minute.")


def _back(words: str) -> Any:
    """Greet somebody whose account is no longer hidden by themselves; it may be by moderators."""
    if viewer().status == "suspended":
        htmx.toast("That is taken back. Your account stays suspended for the time being.")
        return htmx.go("/settings/data")
    htmx.toast(words)
    return htmx.go("/")


@bp.post("/settings/data/delete")
@way_in.open_to_hidden
@login_required
@limits.on("sign-in")
@forms.redisplay(account)
def delete() -> Any:
    """Have one's account deleted."""
    actions.delete(viewer(), forms.read(Farewell).password)
    if viewer().status == "pending":
        htmx.toast("Your account is being deleted.")
        return htmx.go("/")
    htmx.toast("Your account is hidden and will be deleted. Until then you can take it back here.")
    return htmx.go("/settings/data")


@bp.post("/settings/data/keep")
@way_in.open_to_hidden
@login_required
def cancel_deletion() -> Any:
    """Keep one's account after all."""
    actions.cancel_deletion(viewer())
    return _back("Good that you stay. Everybody finds you again; photos and numbers follow within a minute.")
