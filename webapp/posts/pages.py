"""Composing, editing and deleting posts, their buttons, tags and saved posts, as pages."""

from typing import Any

from flask import Blueprint, request
from flask_login import login_required

from webapp.core.errors import Refused
from webapp.core.page import Ask
from webapp.posts import actions, folders, people, places, queries, reactions, tags
from webapp.posts.schemas import (
    FolderName,
    NewPost,
    NewPostForm,
    PostChange,
    Retry,
    SaveChoice,
    SavedQuery,
    ShelfChoice,
)
from webapp.web import forms, htmx, limits
from webapp.web.once import once
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = Blueprint("posts", __name__)


@bp.get("/new")
@login_required
def compose(form: Any = None, errors: Any = None) -> Any:
    """Show the form for a new post."""
    typed = {**(form or {}), "media_ids": request.form.getlist("media_ids")}
    return htmx.page("posts/new.html", form=typed, errors=errors or {})


@bp.post("/new")
@login_required
@forms.takes_files
@limits.on("posts")
@forms.redisplay(compose)
def create() -> Any:
    """Share photos: those that were uploaded already, or the form's files."""
    if "media_ids" in request.form:
        asked = forms.read(NewPost)
        once(lambda: actions.create(viewer(), asked).id)
    else:
        plain, photos = forms.read(NewPostForm), actions.take_in(viewer(), forms.files("photo"))
        once(lambda: actions.create_from_files(viewer(), plain, photos).id)
    htmx.toast("Shared. Your post is being prepared and appears in a moment.")
    return htmx.go("/")


@bp.get("/p/<post_id>/edit")
@login_required
def edit_form(post_id: str, form: Any = None, errors: Any = None) -> Any:
    """Show the form that changes a post's words."""
    post = queries.get(viewer(), identity(post_id))
    if "edit" not in post.can:
        raise Refused("Only its author may edit this post.")
    values = {"caption": post.caption, "location": post.location}
    values |= {name: str(getattr(post, name)).lower() for name in ("comments_enabled", "sensitive")}
    values["tagged"] = ", ".join(person.username for person in post.tagged)
    values.update({f"alt-{media.id}": media.alt for media in post.media})
    errors = {name.replace("alts.", "alt-"): said for name, said in (errors or {}).items()}
    return htmx.page("posts/edit.html", post=post, form={**values, **(form or {})}, errors=errors)


@bp.post("/p/<post_id>/edit")
@login_required
@forms.redisplay(edit_form)
def edit(post_id: str) -> Any:
    """Change a post's words."""
    actions.edit(viewer(), identity(post_id), forms.read(PostChange))
    htmx.toast("Your changes are saved.")
    return htmx.go(f"/p/{post_id}")


@bp.post("/p/<post_id>/delete")
@login_required
def delete(post_id: str) -> Any:
    """Delete a post, with a way back."""
    post = queries.get(viewer(), identity(post_id))
    actions.delete(viewer(), post.id)
    undo = f"/p/{post.id}/restore"
    return htmx.part("posts/_deleted.html", "/", "Post deleted.", undo, post=post)


@bp.post("/p/<post_id>/restore")
@login_required
def restore(post_id: str) -> Any:
    """Take a deletion back."""
    post = actions.restore(viewer(), identity(post_id))
    return htmx.part("posts/_pending.html", "/", "Your post is back.", post=post)


@bp.post("/p/<post_id>/retry")
@login_required
def retry(post_id: str) -> Any:
    """Go on with a post that failed."""
    asked = forms.read(Retry)
    post = actions.retry(viewer(), identity(post_id), without_failed=asked.without_failed)
    return htmx.part("posts/_pending.html", "/", "Trying again.", post=post)


@bp.get("/p/<post_id>/card")
@login_required
def progress(post_id: str) -> Any:
    """Show how far one's own post is: the waiting card asks for itself until it is the published one."""
    post = queries.get(viewer(), identity(post_id))
    return htmx.page("posts/_pending.html", post=post)


def _at(post: Any) -> str:
    """Return the way back to a post where it stood: on which page and at which height."""
    return htmx.came_from("/", at=f"post-{post.id}")


@bp.post("/p/<post_id>/like")
@login_required
@limits.on("likes")
def like(post_id: str) -> Any:
    """Like a post."""
    post = reactions.like(viewer(), identity(post_id))
    return htmx.part("posts/_like.html", _at(post), post=post)


@bp.post("/p/<post_id>/unlike")
@login_required
def unlike(post_id: str) -> Any:
    """Take a like back."""
    post = reactions.unlike(viewer(), identity(post_id))
    return htmx.part("posts/_like.html", _at(post), post=post)


@bp.post("/p/<post_id>/save")
@login_required
@limits.on("saves")
def save(post_id: str) -> Any:
    """Keep a post for later."""
    post = reactions.save(viewer(), identity(post_id), forms.read(SaveChoice))
    return htmx.part("posts/_save.html", _at(post), post=post)


@bp.post("/p/<post_id>/unsave")
@login_required
def unsave(post_id: str) -> Any:
    """Unsave a post."""
    post = reactions.unsave(viewer(), identity(post_id))
    return htmx.part("posts/_save.html", _at(post), post=post)


@bp.post("/p/<post_id>/repost")
@login_required
@limits.on("reposts")
def repost(post_id: str) -> Any:
    """Pass a post on to one's followers."""
    post = reactions.repost(viewer(), identity(post_id))
    return htmx.part("posts/_repost.html", _at(post), post=post)


@bp.post("/p/<post_id>/unrepost")
@login_required
def unrepost(post_id: str) -> Any:
    """Take a repost back."""
    post = reactions.unrepost(viewer(), identity(post_id))
    return htmx.part("posts/_repost.html", _at(post), post=post)


@bp.post("/p/<post_id>/tagged/leave")
@login_required
def leave(post_id: str) -> Any:
    """Take oneself off a post."""
    people.leave(viewer(), identity(post_id))
    htmx.toast("You are not tagged in this post any more.")
    return htmx.go(htmx.came_from("/"))


@bp.get("/p/<post_id>/likes")
def likers(post_id: str) -> Any:
    """Show who likes a post."""
    post = queries.get(viewer(), identity(post_id))
    page = queries.likers(viewer(), post.id, forms.ask())
    return htmx.listing("posts/reacted.html", "users/_items.html", page, "people", post=post, what="likes")


@bp.get("/p/<post_id>/reposts")
def reposters(post_id: str) -> Any:
    """Show who reposted a post."""
    post = queries.get(viewer(), identity(post_id))
    page = queries.reposters(viewer(), post.id, forms.ask())
    return htmx.listing("posts/reacted.html", "users/_items.html", page, "people", post=post, what="reposts")


@bp.get("/tags/<tag>")
def tagged(tag: str) -> Any:
    """Show the posts with a hashtag."""
    page = queries.tagged(viewer(), tag, forms.ask(), queries.GRID)
    return htmx.listing("posts/tag.html", "posts/_grid.html", page, "grid", tag=tags.get(viewer(), tag))


@bp.post("/tags/<tag>/follow")
@login_required
@limits.on("follows")
def follow_tag(tag: str) -> Any:
    """Follow a hashtag, to see more of it."""
    return htmx.part("posts/_tag.html", htmx.came_from(f"/tags/{tag}"), tag=tags.follow(viewer(), tag))


@bp.post("/tags/<tag>/unfollow")
@login_required
def unfollow_tag(tag: str) -> Any:
    """Unfollow a hashtag."""
    return htmx.part("posts/_tag.html", htmx.came_from(f"/tags/{tag}"), tag=tags.unfollow(viewer(), tag))


@bp.get("/locations/<path:name>")
def located(name: str) -> Any:
    """Show the posts from a place, under its name as the newest of them writes it."""
    page = places.at(viewer(), name, forms.ask())
    shown = page.items[0].location if page.items else name
    return htmx.listing("posts/place.html", "posts/_grid.html", page, "grid", name=shown)


@bp.get("/p/<post_id>/folder")
@login_required
def choose_folder(post_id: str, form: Any = None, errors: Any = None) -> Any:
    """Ask into which folder a post goes."""
    me, post = viewer(), queries.get(viewer(), identity(post_id))
    chosen = queries.folder_of(me, post.id)
    return htmx.page(
        "posts/folder.html", post=post, folders=folders.mine(me), chosen=chosen, form=form or {}, errors=errors or {}
    )


@bp.post("/p/<post_id>/folder")
@login_required
@limits.on("saves")
@forms.redisplay(choose_folder)
def keep(post_id: str) -> Any:
    """Save a post into a folder, a new one if a name is given."""
    asked = forms.read(ShelfChoice)
    folder = folders.create(viewer(), FolderName(name=asked.name)).id if asked.name else asked.folder_id
    post = reactions.save(viewer(), identity(post_id), SaveChoice(folder_id=folder))
    htmx.toast("Saved.", undo=f"/p/{post.id}/unsave")
    return htmx.go(f"/saved?folder={folder}" if folder else "/saved")


@bp.get("/saved")
@login_required
def saved() -> Any:
    """Show what one saved, or what lies in one folder."""
    me, asked = viewer(), forms.query(SavedQuery)
    folder = folders.get(me, asked.folder) if asked.folder else None
    page = queries.saved(me, Ask(asked.limit, asked.cursor), folder and folder.id, queries.GRID)
    return htmx.listing("posts/saved.html", "posts/_grid.html", page, "grid", folder=folder, folders=folders.mine(me))


@bp.get("/saved/folders")
@login_required
def list_folders(folder_id: str = "", form: Any = None, errors: Any = None) -> Any:
    """Show one's folders, to make, rename and delete them."""
    return htmx.page(
        "posts/folders.html", folders=folders.mine(viewer()), wrong=folder_id, form=form or {}, errors=errors or {}
    )


@bp.post("/saved/folders")
@login_required
@forms.redisplay(list_folders)
def create_folder() -> Any:
    """Make a folder."""
    folder = folders.create(viewer(), forms.read(FolderName))
    htmx.toast(f"The folder {folder.name} is there.")
    return htmx.go("/saved/folders")


@bp.post("/saved/folders/<folder_id>/rename")
@login_required
@forms.redisplay(list_folders)
def rename_folder(folder_id: str) -> Any:
    """Give a folder another name."""
    folder = folders.rename(viewer(), identity(folder_id), forms.read(FolderName))
    htmx.toast(f"The folder is called {folder.name} now.")
    return htmx.go("/saved/folders")


@bp.post("/saved/folders/<folder_id>/delete")
@login_required
def delete_folder(folder_id: str) -> Any:
    """Delete a folder; what lay in it stays saved."""
    folders.delete(viewer(), identity(folder_id))
    htmx.toast("The folder is gone. What lay in it is still among your saved photos.")
    return htmx.go("/saved/folders")


@bp.get("/likes")
@login_required
def liked() -> Any:
    """Show what one likes."""
    page = queries.liked(viewer(), forms.ask(), queries.GRID)
    return htmx.listing("posts/liked.html", "posts/_grid.html", page, "grid")
