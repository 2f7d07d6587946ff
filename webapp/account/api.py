"""Leaving and coming back, over JSON."""

from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.account import actions
from webapp.account.schemas import Farewell
from webapp.auth import queries as auth
from webapp.auth.shapes import Account
from webapp.web import forms, json, limits
from webapp.web import viewer as way_in
from webapp.web.openapi import describe
from webapp.web.viewer import viewer

bp = APIBlueprint("account_api", __name__, tag="account")


@bp.post("/me/deactivate")
@way_in.open_to_hidden
@login_required
@describe(Account)
def deactivate() -> Response:
    """Hide one's account until one comes back."""
    actions.deactivate(viewer())
    return json.answer(auth.me(viewer()))


@bp.post("/me/reactivate")
@way_in.open_to_hidden
@login_required
@describe(Account)
def reactivate() -> Response:
    """Come back."""
    actions.reactivate(viewer())
    return json.answer(auth.me(viewer()))


@bp.delete("/me")
@way_in.open_to_hidden
@login_required
@limits.on("sign-in")
@describe(status=204, body=Farewell)
def delete() -> Response:
    """Have one's account deleted: hidden at once, erased after the days to think."""
    actions.delete(viewer(), forms.read(Farewell).password)
    return json.nothing()


@bp.post("/me/cancel-deletion")
@way_in.open_to_hidden
@login_required
@describe(Account)
def cancel_deletion() -> Response:
    """Keep one's account after all."""
    actions.cancel_deletion(viewer())
    return json.answer(auth.me(viewer()))
