"""Pages about the site itself."""

from flask import Blueprint, Response

from webapp.web import htmx

bp = Blueprint("site", __name__)


@bp.get("/about")
def about() -> Response:
    """Tell what this site is."""
    return htmx.page("web/about.html")


@bp.get("/offline")
def offline() -> Response:
    """Say that the network is away; the service worker keeps this page."""
    return htmx.page("web/offline.html")
