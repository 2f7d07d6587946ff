"""Posts over JSON."""

from apiflask import APIBlueprint
from flask import Response, request
from flask_login import login_required

from webapp.posts import actions, places, queries, reactions, shapes, tags
from webapp.posts.schemas import NewPost, NewPostForm, PostChange, Retry
from webapp.users import queries as users
from webapp.users.shapes import User
from webapp.web import forms, json, limits
from webapp.web.openapi import describe
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = APIBlueprint("posts_api", __name__, tag="posts")


@bp.post("/posts")
@login_required
@forms.takes_files
@limits.on("posts")
@describe(shapes.Post, status=202, body=NewPost, files="photo", retried=True)
@json.idempotent
def create() -> Response:
    """Share photos: by the ids of uploads, or as a multipart form (files `photo`)."""
    if request.mimetype == "multipart/form-data":
        return json.answer(actions.create_from_files(viewer(), forms.read(NewPostForm), forms.files("photo")), 202)
    return json.answer(actions.create(viewer(), forms.read(NewPost)), 202)


@bp.get("/posts/<post_id>")
@describe(shapes.Post)
def show(post_id: str) -> Response:
    """Show a post."""
    return json.answer(queries.get(viewer(), identity(post_id)))


@bp.patch("/posts/<post_id>")
@login_required
@describe(shapes.Post, body=PostChange)
def edit(post_id: str) -> Response:
    """Change a post's words."""
    return json.answer(actions.edit(viewer(), identity(post_id), forms.read(PostChange)))


@bp.delete("/posts/<post_id>")
@login_required
@describe(status=204)
def delete(post_id: str) -> Response:
    """Delete a post; it can be restored for 30 days."""
    actions.delete(viewer(), identity(post_id))
    return json.nothing()


@bp.post("/posts/<post_id>/restore")
@login_required
@describe(shapes.Post)
def restore(post_id: str) -> Response:
    """Take a deletion back."""
    return json.answer(actions.restore(viewer(), identity(post_id)))


@bp.post("/posts/<post_id>/retry")
@login_required
@describe(shapes.Post, body=Retry)
def retry(post_id: str) -> Response:
    """Go on with a post that failed, with its failed photos or without them."""
    asked = forms.read(Retry)
    return json.answer(actions.retry(viewer(), identity(post_id), without_failed=asked.without_failed))


@bp.post("/posts/<post_id>/like")
@login_required
@limits.on("likes")
@describe(shapes.Post)
def like(post_id: str) -> Response:
    """Like a post."""
    return json.answer(reactions.like(viewer(), identity(post_id)))


@bp.delete("/posts/<post_id>/like")
@login_required
@describe(shapes.Post)
def unlike(post_id: str) -> Response:
    """Take a like back."""
    return json.answer(reactions.unlike(viewer(), identity(post_id)))


@bp.post("/posts/<post_id>/save")
@login_required
@limits.on("saves")
@describe(shapes.Post)
def save(post_id: str) -> Response:
    """Keep a post for later."""
    return json.answer(reactions.save(viewer(), identity(post_id)))


@bp.delete("/posts/<post_id>/save")
@login_required
@describe(shapes.Post)
def unsave(post_id: str) -> Response:
    """Keep a post no longer."""
    return json.answer(reactions.unsave(viewer(), identity(post_id)))


@bp.post("/posts/<post_id>/repost")
@login_required
@limits.on("reposts")
@describe(shapes.Post)
def repost(post_id: str) -> Response:
    """Pass a post on to one's followers."""
    return json.answer(reactions.repost(viewer(), identity(post_id)))


@bp.delete("/posts/<post_id>/repost")
@login_required
@describe(shapes.Post)
def unrepost(post_id: str) -> Response:
    """Take a repost back."""
    return json.answer(reactions.unrepost(viewer(), identity(post_id)))


@bp.get("/posts/<post_id>/reposts")
@describe(User, many=True)
def reposters(post_id: str) -> Response:
    """List who reposted a post."""
    return json.listing(queries.reposters(viewer(), identity(post_id), forms.ask()))


@bp.get("/posts/<post_id>/likes")
@describe(User, many=True)
def likers(post_id: str) -> Response:
    """List who likes a post."""
    return json.listing(queries.likers(viewer(), identity(post_id), forms.ask()))


@bp.get("/users/<username>/posts")
@describe(shapes.Post, many=True)
def by(username: str) -> Response:
    """List a person's posts, the newest first."""
    return json.listing(queries.by(viewer(), users.get(viewer(), username), forms.ask()))


@bp.get("/me/saved")
@login_required
@describe(shapes.Post, many=True)
def saved() -> Response:
    """List what one saved."""
    return json.listing(queries.saved(viewer(), forms.ask()))


@bp.get("/me/likes")
@login_required
@describe(shapes.Post, many=True)
def liked() -> Response:
    """List what one likes."""
    return json.listing(queries.liked(viewer(), forms.ask()))


@bp.get("/tags/<tag>")
@describe(shapes.Post, many=True)
def tagged(tag: str) -> Response:
    """List the posts with a hashtag."""
    return json.listing(queries.tagged(viewer(), tag, forms.ask()))


@bp.get("/locations/<path:name>")
@describe(shapes.Post, many=True)
def located(name: str) -> Response:
    """List the posts from a place, the newest first; case, accents and punctuation of its name don't count."""
    return json.listing(places.at(viewer(), name, forms.ask()))


@bp.post("/tags/<tag>/follow")
@login_required
@limits.on("follows")
@describe(tags.Tag)
def follow_tag(tag: str) -> Response:
    """See more of a hashtag."""
    return json.answer(tags.follow(viewer(), tag))


@bp.delete("/tags/<tag>/follow")
@login_required
@describe(tags.Tag)
def unfollow_tag(tag: str) -> Response:
    """See no more of a hashtag than others."""
    return json.answer(tags.unfollow(viewer(), tag))


@bp.get("/me/tags")
@login_required
@describe(tags.Tag, many=True)
def followed_tags() -> Response:
    """List the hashtags that one follows."""
    return json.listing(tags.followed(viewer(), forms.ask()))
