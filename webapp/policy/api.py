"""The rules of the site over JSON."""

from apiflask import APIBlueprint
from flask import Response

from webapp.policy import actions, queries, shapes
from webapp.policy.schemas import (
    FilterTrial,
    InviteCode,
    NewAccessRule,
    NewBlockedPhotos,
    NewFilter,
    NewInvite,
    SiteSettingsChange,
)
from webapp.web import forms, json, staff
from webapp.web.openapi import describe
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = APIBlueprint("policy_api", __name__, tag="moderation")


@bp.get("/auth/registration")
@describe(shapes.Door, query=InviteCode)
def door() -> Response:
    """Tell whether one may join, and how; with an invite's code, whether it is good."""
    return json.answer(queries.door(forms.query(InviteCode).invite))


@bp.get("/moderation/filters")
@staff.only("moderator")
@describe(shapes.KeywordFilter, many=True)
def filters() -> Response:
    """List the keyword filters."""
    return json.listing(queries.filters(forms.ask()))


@bp.post("/moderation/filters")
@staff.only("moderator")
@describe(shapes.KeywordFilter, status=201, body=NewFilter)
def add_filter() -> Response:
    """Add a keyword filter for what people publish from now on."""
    return json.answer(actions.add_filter(viewer(), forms.read(NewFilter)), 201)


@bp.get("/moderation/filters/try")
@staff.only("moderator")
@describe(shapes.FilterVerdict, query=FilterTrial)
def try_filters() -> Response:
    """Tell what the filters would do with a text."""
    return json.answer(queries.tried(forms.query(FilterTrial).text))


@bp.delete("/moderation/filters/<filter_id>")
@staff.only("moderator")
@describe(status=204)
def remove_filter(filter_id: str) -> Response:
    """Remove a keyword filter."""
    actions.remove_filter(viewer(), identity(filter_id))
    return json.nothing()


@bp.get("/moderation/hashes")
@staff.only("moderator")
@describe(shapes.BlockedPhoto, many=True)
def hashes() -> Response:
    """List how blocked photos look."""
    return json.listing(queries.blocked_photos(forms.ask()))


@bp.post("/moderation/hashes")
@staff.only("moderator")
@describe(shapes.BlockedPhotos, status=201, body=NewBlockedPhotos)
def block_photos() -> Response:
    """Block a photo, or all photos of a post: they are held when they come again."""
    return json.answer(actions.block_photos(viewer(), forms.read(NewBlockedPhotos)), 201)


@bp.delete("/moderation/hashes/<hash_id>")
@staff.only("moderator")
@describe(status=204)
def unblock_photo(hash_id: str) -> Response:
    """Unblock a photo."""
    actions.unblock_photo(viewer(), identity(hash_id))
    return json.nothing()


@bp.get("/admin/registrations")
@staff.only("admin")
@describe(shapes.RegistrationRequest, many=True)
def requests() -> Response:
    """List who waits for approval, who has waited longest first."""
    return json.listing(queries.requests(forms.ask()))


@bp.get("/admin/invites")
@staff.only("admin")
@describe(shapes.InviteLink, many=True)
def invites() -> Response:
    """List all invites."""
    return json.listing(queries.invites(forms.ask()))


@bp.post("/admin/invites")
@staff.only("admin")
@describe(shapes.InviteLink, status=201, body=NewInvite)
def invite() -> Response:
    """Make a link by which some people may join."""
    return json.answer(actions.invite(viewer(), forms.read(NewInvite)), 201)


@bp.delete("/admin/invites/<invite_id>")
@staff.only("admin")
@describe(status=204)
def revoke(invite_id: str) -> Response:
    """Take an invite back."""
    actions.revoke(viewer(), identity(invite_id))
    return json.nothing()


@bp.get("/admin/access-rules")
@staff.only("admin")
@describe(shapes.JoinRule, many=True)
def access_rules() -> Response:
    """List the rules about mail domains and ranges of addresses."""
    return json.listing(queries.access_rules(forms.ask()))


@bp.post("/admin/access-rules")
@staff.only("admin")
@describe(shapes.JoinRule, status=201, body=NewAccessRule)
def add_rule() -> Response:
    """Add a rule: new accounts of a mail domain or a range of addresses are refused, or wait for approval."""
    return json.answer(actions.add_rule(viewer(), forms.read(NewAccessRule)), 201)


@bp.delete("/admin/access-rules/<rule_id>")
@staff.only("admin")
@describe(status=204)
def remove_rule(rule_id: str) -> Response:
    """Remove a rule."""
    actions.remove_rule(viewer(), identity(rule_id))
    return json.nothing()


@bp.get("/admin/settings")
@staff.only("admin")
@describe(shapes.SiteSettings)
def settings() -> Response:
    """Get all options as they hold now."""
    return json.answer(queries.settings())


@bp.put("/admin/settings")
@staff.only("admin")
@describe(shapes.SiteSettings, body=SiteSettingsChange)
def change_settings() -> Response:
    """Change options; what is left out stays."""
    return json.answer(actions.change_settings(viewer(), forms.read(SiteSettingsChange)))


@bp.get("/admin/settings/history")
@staff.only("admin")
@describe(shapes.SettingChange, many=True)
def history() -> Response:
    """List what was changed in the options, the last change first."""
    return json.listing(queries.history(forms.ask()))
