"""Commands about people and what they made: the first admin, and erasing for good."""

import uuid

import click
from sqlalchemy import select, update

from webapp.account import states
from webapp.auth import actions as auth
from webapp.auth.schemas import Registration
from webapp.core import db, erased, ids, outbox, push, sessions
from webapp.core.errors import AppError, Conflict, NotFound
from webapp.models import Post, User
from webapp.policy import audit
from webapp.posts import actions as posts
from webapp.users import queries
from webapp.web import edge, forms

users = User.__table__
_TAKEN = "@{} is there already. To let this account administer the site: create-admin {} --promote"


@click.command("create-admin")
@click.argument("username")
@click.argument("email", required=False)
@click.option("--promote", is_flag=True, help="Give an account that exists the role of an admin; its password stays.")
@click.option("--password", help="Asked for if it is left out, which keeps it out of the shell's history.")
def create_admin(username: str, email: str | None, promote: bool, password: str | None) -> None:
    """Make an account that may administer the site.

    USERNAME is its name, EMAIL its address, which counts as confirmed. The same again is refused: nothing changes.
    """
    username = username.strip().lower().removeprefix("@")
    try:
        if promote:
            edge.command(lambda: _promote(username))
        else:
            _make(username, email, password)
    except AppError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{username} may sign in and administer this site.")


def _make(username: str, email: str | None, password: str | None) -> None:
    if not email:
        raise click.UsageError("EMAIL is missing: create-admin ana ana@example.org")
    edge.command(lambda: _check_free(username, email.strip().lower()))
    password = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    asked = forms.check(Registration, {"username": username, "email": email, "password": password})
    edge.command(lambda: _register(asked))


def _check_free(username: str, email: str) -> None:
    found = db.row(select(users.c.username, users.c.email).where(users.c.username == username))
    if found is not None:
        raise Conflict(_TAKEN.format(username, username))
    owner = db.scalar(select(users.c.username).where(users.c.email == email))
    if owner is not None:
        raise Conflict(f"@{owner} has this address. Give another one, or: create-admin {owner} --promote")


def _register(asked: Registration) -> None:
    _check_free(asked.username, asked.email)
    user_id = auth.register(asked, role="admin", trusted=True)
    audit.write(None, "create_admin", "user", user_id, user_id=user_id)


def _promote(username: str) -> None:
    user_id = id_of(username)
    user = queries.row(user_id, lock=True)
    if user.role == "admin":
        raise Conflict(f"@{username} is an admin already.")
    if user.status != "active":
        raise Conflict(f"The account @{username} is {user.status}: it has to be in use before it may administer.")
    before = user.role
    db.execute(update(users).where(users.c.id == user_id).values(role="admin"))
    sessions.refresh(user_id)
    audit.write(None, "create_admin", "user", user_id, user_id=user_id, before={"role": before, "to": "admin"})


def id_of(name: str) -> uuid.UUID:
    """Return who is meant by an id or a username, with or without @. NotFound if nobody is."""
    known = ids.parse(name)
    mine = users.c.id == known if known else users.c.username == name.lower().removeprefix("@")
    found: uuid.UUID | None = db.scalar(select(users.c.id).where(mine))
    if found is None:
        raise NotFound(f"Nobody here is called {name}.")
    return found


@click.command("make-push-key")
def make_push_key() -> None:
    """Make the key that signs pushes. Keep it: with another one, every device has to be turned on again."""
    click.echo(f"VAPID_PRIVATE_KEY={push.make_key()}")


@click.group("purge")
def purge() -> None:
    """Erase a person or a post for good, at once, with every object. Nobody can bring it back.

    What is purged stays away when a backup from before is restored (see `restore`).
    """


_REASON = click.option("--reason", required=True, help="Why: it goes into the record of moderation, which stays.")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@purge.command("user")
@click.argument("name")
@_REASON
@_YES
def purge_user(name: str, reason: str, yes: bool) -> None:
    """Erase a person, by name or id: photos, words, everything. Admins have to lose their role before.

    The account is closed at once; the worker erases it within minutes, in steps that may stop and go on.
    """
    try:
        user_id, username = edge.command(lambda: _whom(name))
        if not yes:
            click.confirm(f"Erase @{username} and everything of theirs for good?", abort=True)
        edge.command(lambda: _close(user_id, reason))
    except AppError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"@{username} is closed and will be erased within minutes (/admin/jobs, erase).")


def _whom(name: str) -> tuple[uuid.UUID, str]:
    user = queries.row(id_of(name))
    if user.role == "admin":
        raise Conflict(f"@{user.username} is an admin. Give the account another role first, under People.")
    return user.id, user.username


def _close(user_id: uuid.UUID, reason: str) -> None:
    user = queries.row(user_id, lock=True)
    states.close(user)
    sessions.refresh_all()
    audit.write(None, "purge", "user", user_id, user_id=user_id, reason=reason)
    outbox.enqueue("jobs.clock.at_once", "erase")


@purge.command("post")
@click.argument("post_id", type=click.UUID)
@_REASON
@_YES
def purge_post(post_id: uuid.UUID, reason: str, yes: bool) -> None:
    """Erase a post with its photos and comments, whatever its state. POST_ID stands in its address: /p/POST_ID."""
    try:
        author = edge.command(lambda: _author(post_id))
        if not yes:
            click.confirm(f"Erase the post {post_id} of @{author} for good?", abort=True)
        erased.remember("post", post_id)
        edge.command(lambda: _erase_post(post_id, reason))
    except AppError as error:
        raise click.ClickException(error.sentence) from error
    click.echo("The post is gone; its photos follow within seconds.")


def _author(post_id: uuid.UUID) -> str:
    posts_of = Post.__table__.c
    found = select(users.c.username).join(Post.__table__, posts_of.author_id == users.c.id)
    name: str | None = db.scalar(found.where(posts_of.id == post_id))
    if name is None:
        raise NotFound("There is no such post.")
    return name


def _erase_post(post_id: uuid.UUID, reason: str) -> None:
    author_id = posts.purge(post_id)
    if author_id is None:
        raise NotFound("There is no such post.")
    audit.write(None, "purge", "post", post_id, user_id=author_id, reason=reason)
