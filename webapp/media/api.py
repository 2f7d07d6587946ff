"""Uploads over JSON. The compose page uses these calls too."""

from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.media import actions, queries, shapes
from webapp.media.schemas import NewUpload
from webapp.web import forms, json, limits
from webapp.web.openapi import describe
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = APIBlueprint("media_api", __name__, tag="media")


@bp.post("/media/uploads")
@login_required
@limits.on("uploads")
@describe(shapes.Upload, status=201, body=NewUpload)
def start() -> Response:
    """Begin an upload; send the bytes to the address in the answer."""
    asked = forms.read(NewUpload)
    upload = actions.start_upload(viewer(), content_type=asked.content_type, size=asked.size, purpose=asked.purpose)
    return json.answer(upload, 201)


@bp.post("/media/uploads/<media_id>/complete")
@login_required
@describe(shapes.Accepted, status=202)
def complete(media_id: str) -> Response:
    """Say that the bytes have arrived; processing begins."""
    return json.answer(actions.complete(viewer(), identity(media_id)), 202)


@bp.get("/media/uploads/<media_id>/status")
@login_required
@describe(shapes.UploadStatus)
def status(media_id: str) -> Response:
    """Tell how far an upload is."""
    media = queries.get(viewer(), identity(media_id))
    return json.answer(shapes.UploadStatus(media.status, media.error, queries.shape(media)))


@bp.delete("/media/<media_id>")
@login_required
@describe(status=204)
def remove(media_id: str) -> Response:
    """Remove a photo that nothing uses."""
    actions.remove(viewer(), identity(media_id))
    return json.nothing()
