"""Comments over JSON."""

from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.comments import actions, queries, shapes
from webapp.comments.schemas import NewComment
from webapp.web import forms, json, limits
from webapp.web.openapi import describe
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = APIBlueprint("comments_api", __name__, tag="comments")


@bp.get("/posts/<post_id>/comments")
@describe(shapes.Comment, many=True)
def thread(post_id: str) -> Response:
    """List a post's comments, the oldest first; replies are asked for by themselves."""
    return json.listing(queries.thread(viewer(), identity(post_id), forms.ask()))


@bp.post("/posts/<post_id>/comments")
@login_required
@limits.on("comments")
@describe(shapes.Comment, status=201, body=NewComment, retried=True)
@json.idempotent
def create(post_id: str) -> Response:
    """Comment on a post, or reply to a comment."""
    made = actions.create(viewer(), identity(post_id), forms.read(NewComment))
    return json.answer(queries.get(viewer(), made), 201)


@bp.get("/comments/<comment_id>/replies")
@describe(shapes.Comment, many=True)
def replies(comment_id: str) -> Response:
    """List the replies to a comment, the oldest first."""
    return json.listing(queries.replies(viewer(), identity(comment_id), forms.ask()))


@bp.delete("/posts/<post_id>/comments/<comment_id>")
@login_required
@describe(status=204)
def delete(post_id: str, comment_id: str) -> Response:
    """Delete a comment; it can be restored for 30 seconds."""
    actions.delete(viewer(), identity(post_id), identity(comment_id))
    return json.nothing()


@bp.post("/comments/<comment_id>/restore")
@login_required
@describe(shapes.Comment)
def restore(comment_id: str) -> Response:
    """Take a deletion back."""
    return json.answer(actions.restore(viewer(), identity(comment_id)))


@bp.post("/comments/<comment_id>/approve")
@login_required
@describe(shapes.Comment)
def approve(comment_id: str) -> Response:
    """Let everybody see a comment that was held back."""
    return json.answer(actions.approve(viewer(), identity(comment_id)))


@bp.post("/comments/<comment_id>/like")
@login_required
@limits.on("likes")
@describe(shapes.Comment)
def like(comment_id: str) -> Response:
    """Like a comment."""
    return json.answer(actions.like(viewer(), identity(comment_id)))


@bp.delete("/comments/<comment_id>/like")
@login_required
@describe(shapes.Comment)
def unlike(comment_id: str) -> Response:
    """Take a like back."""
    return json.answer(actions.unlike(viewer(), identity(comment_id)))
