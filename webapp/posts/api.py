"""Posts over JSON."""

from collections.abc import Callable

from apiflask import APIBlueprint
from flask import Response, request
from flask_login import login_required

from webapp.core import page
from webapp.core.page import Ask
from webapp.posts import actions, folders, people, places, queries, reactions, shapes, tags
from webapp.posts.schemas import FolderName, NewPost, NewPostForm, PostChange, Retry, SaveChoice, SavedQuery
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
@describe(shapes.Post, status=202, body=NewPost, files="photo", form=NewPostForm, retried=True)
def create() -> Response:
    """Share photos: by the ids of uploads, or as a multipart form (files `photo`)."""
    if request.mimetype == "multipart/form-data":
        form, photos = forms.read(NewPostForm), actions.take_in(viewer(), forms.files("photo"))
        return _made(lambda: actions.create_from_files(viewer(), form, photos))
    return _made(lambda: actions.create(viewer(), forms.read(NewPost)))


@json.idempotent
def _made(make: Callable[[], shapes.Post]) -> Response:
    return json.answer(make(), 202)


@bp.get("/posts/<post_id>")
@describe(shapes.Post)
def show(post_id: str) -> Response:
    """Show a post."""
    return json.answer(queries.get(viewer(), identity(post_id)))


@bp.patch("/posts/<post_id>")
@login_required
@describe(shapes.Post, body=PostChange)
def edit(post_id: str) -> Response:
    """Change a post's words, and who is tagged in it (`tagged`: user names or ids)."""
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
@describe(shapes.Post, body=SaveChoice)
def save(post_id: str) -> Response:
    """Keep a post for later, in a folder if one is named."""
    return json.answer(reactions.save(viewer(), identity(post_id), forms.read(SaveChoice)))


@bp.delete("/posts/<post_id>/save")
@login_required
@describe(shapes.Post)
def unsave(post_id: str) -> Response:
    """Unsave a post."""
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


@bp.get("/users/<username>/tagged")
@describe(shapes.Post, many=True)
def showing(username: str) -> Response:
    """List the posts in which a person is tagged, the newest first."""
    return json.listing(queries.showing(viewer(), users.get(viewer(), username), forms.ask()))


@bp.delete("/posts/<post_id>/tagged/me")
@login_required
@describe(status=204)
def leave(post_id: str) -> Response:
    """Take oneself off a post; one is not tagged there again."""
    people.leave(viewer(), identity(post_id))
    return json.nothing()


@bp.get("/me/saved")
@login_required
@describe(shapes.Post, many=True, query=SavedQuery)
def saved() -> Response:
    """List what one saved, or what lies in one folder."""
    asked = forms.query(SavedQuery)
    folder = asked.folder and folders.get(viewer(), asked.folder).id
    return json.listing(queries.saved(viewer(), Ask(asked.limit, asked.cursor), folder))


@bp.get("/me/saved/folders")
@login_required
@describe(shapes.Folder, many=True)
def list_folders() -> Response:
    """List one's folders by name."""
    return json.listing(page.whole(folders.mine(viewer()), forms.ask(), "folders"))


@bp.post("/me/saved/folders")
@login_required
@describe(shapes.Folder, status=201, body=FolderName, retried=True)
@json.idempotent
def create_folder() -> Response:
    """Make a folder."""
    return json.answer(folders.create(viewer(), forms.read(FolderName)), 201)


@bp.patch("/me/saved/folders/<folder_id>")
@login_required
@describe(shapes.Folder, body=FolderName)
def rename_folder(folder_id: str) -> Response:
    """Give a folder another name."""
    return json.answer(folders.rename(viewer(), identity(folder_id), forms.read(FolderName)))


@bp.delete("/me/saved/folders/<folder_id>")
@login_required
@describe(status=204)
def delete_folder(folder_id: str) -> Response:
    """Delete a folder; what lay in it stays saved."""
    folders.delete(viewer(), identity(folder_id))
    return json.nothing()


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
    """Follow a hashtag, to see more of it."""
    return json.answer(tags.follow(viewer(), tag))


@bp.delete("/tags/<tag>/follow")
@login_required
@describe(tags.Tag)
def unfollow_tag(tag: str) -> Response:
    """Unfollow a hashtag."""
    return json.answer(tags.unfollow(viewer(), tag))


@bp.get("/me/tags")
@login_required
@describe(tags.Tag, many=True)
def followed_tags() -> Response:
    """List the hashtags that one follows."""
    return json.listing(tags.followed(viewer(), forms.ask()))
