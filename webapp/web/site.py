"""Pages about the site itself."""

from typing import Any

from flask import Blueprint, Response

from webapp.web import csrf, forms, htmx

bp = Blueprint("site", __name__)


@bp.get("/about")
def about() -> Response:
    """Tell what this site is."""
    return htmx.page("web/about.html")


@bp.get("/offline")
def offline() -> Response:
    """Say that the network is away; the service worker keeps this page."""
    return htmx.page("web/offline.html")


@bp.get("/waiting")
def waiting() -> Response:
    """Show what was written without a connection: the service worker keeps this page and fills it."""
    return htmx.page("web/waiting.html")


@bp.get("/install")
def install() -> Response:
    """Say how this site becomes an app, on each kind of device."""
    return htmx.page("web/install.html")


@bp.get("/share")
def shared() -> Any:
    """Lead whoever comes back to this address on to where photos are shared."""
    return htmx.go("/new")


@bp.post("/share")
@csrf.keyed
@forms.takes_files
def share() -> Any:
    """Say that photos of another app got lost: the service worker takes them, but the browser has dropped it."""
    htmx.toast("The photos did not arrive, because the app was just being renewed. Choose them here.", "error")
    return htmx.go("/new")
