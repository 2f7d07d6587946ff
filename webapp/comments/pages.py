"""A post's own page, and everything about its comments."""

from typing import Any

from flask import Blueprint
from flask_login import login_required

from webapp.comments import actions, queries
from webapp.comments.schemas import NewComment
from webapp.core import ids
from webapp.posts import queries as post_queries
from webapp.web import forms, htmx, limits
from webapp.web.once import once
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = Blueprint("comments", __name__)


@bp.get("/p/<post_id>")
def show(post_id: str, form: Any = None, errors: Any = None) -> Any:
    """Show a post with its comments."""
    post, page = queries.opened(viewer(), identity(post_id), forms.ask())
    replies = queries.first_replies(viewer(), page.items)
    return htmx.listing(
        "comments/post.html", "comments/_items.html", page, "comments",
        post=post, replies=replies, form=form or {}, errors=errors or {},
    )  # fmt: skip


def show_again(post_id: str, form: Any, errors: Any) -> Any:
    """Show the form with what was typed: alone for htmx, on its page otherwise."""
    form["parent_id"] = ids.parse(form.get("parent_id", ""))
    if not htmx.wants_part():
        return show(post_id, form, errors)
    post = post_queries.get(viewer(), identity(post_id))
    return htmx.page("comments/_rejected.html", post=post, form=form, errors=errors)


@bp.post("/p/<post_id>/comments")
@login_required
@limits.on("comments")
@forms.redisplay(show_again)
def create(post_id: str) -> Any:
    """Comment, or reply."""
    asked = forms.read(NewComment)
    made = once(lambda: actions.create(viewer(), identity(post_id), asked))
    comment, post = queries.below(viewer(), made, identity(post_id))
    back = f"/p/{post.id}#comment-{comment.id}"
    return htmx.part("comments/_created.html", back, post=post, comment=comment, form={}, errors={}, replies={})


@bp.post("/p/<post_id>/comments/<comment_id>/delete")
@login_required
def delete(post_id: str, comment_id: str) -> Any:
    """Delete a comment, with a way back."""
    comment = actions.delete(viewer(), identity(post_id), identity(comment_id))
    undo = f"/comments/{comment.id}/restore"
    post = post_queries.get(viewer(), comment.post_id)
    return htmx.part("comments/_deleted.html", f"/p/{post_id}", "Comment deleted.", undo, comment=comment, post=post)


@bp.post("/comments/<comment_id>/restore")
@login_required
def restore(comment_id: str) -> Any:
    """Take a deletion back."""
    comment = actions.restore(viewer(), identity(comment_id))
    post = post_queries.get(viewer(), comment.post_id)
    back = f"/p/{post.id}#comment-{comment.id}"
    return htmx.part("comments/_restored.html", back, "The comment is back.", comment=comment, post=post, replies={})


@bp.post("/comments/<comment_id>/approve")
@login_required
def approve(comment_id: str) -> Any:
    """Let everybody see a comment that was held back."""
    comment = actions.approve(viewer(), identity(comment_id))
    post = post_queries.get(viewer(), comment.post_id)
    back = f"/p/{post.id}#comment-{comment.id}"
    said = "Everybody sees this comment now."
    return htmx.part("comments/_approved.html", back, said, comment=comment, post=post, replies={})


@bp.get("/comments/<comment_id>/replies")
def replies(comment_id: str) -> Any:
    """Show the replies to a comment."""
    comment = queries.get(viewer(), identity(comment_id))
    post = post_queries.get(viewer(), comment.post_id)
    page = queries.replies(viewer(), comment.id, forms.ask())
    return htmx.listing("comments/replies.html", "comments/_replies.html", page, "replies", comment=comment, post=post)


@bp.post("/comments/<comment_id>/like")
@login_required
@limits.on("likes")
def like(comment_id: str) -> Any:
    """Like a comment."""
    comment = actions.like(viewer(), identity(comment_id))
    back = htmx.came_from(f"/p/{comment.post_id}", at=f"comment-{comment.id}")
    return htmx.part("comments/_like.html", back, comment=comment)


@bp.post("/comments/<comment_id>/unlike")
@login_required
def unlike(comment_id: str) -> Any:
    """Take a like back."""
    comment = actions.unlike(viewer(), identity(comment_id))
    back = htmx.came_from(f"/p/{comment.post_id}", at=f"comment-{comment.id}")
    return htmx.part("comments/_like.html", back, comment=comment)
