"""`flask --app wsgi …`: commands, each calling one action in a transaction of its own."""

import click
from flask import Flask

from webapp.auth import actions as auth
from webapp.auth.schemas import Registration
from webapp.core import cache, db, push, storage
from webapp.core.errors import AppError
from webapp.policy import audit
from webapp.web import edge, forms


def install(app: Flask) -> None:
    """Put the commands beside Flask's own."""
    for command in (create_admin, doctor, make_push_key):
        app.cli.add_command(command)


@click.command("create-admin")
@click.argument("username")
@click.argument("email")
@click.password_option()
def create_admin(username: str, email: str, password: str) -> None:
    """Make an account that may administer the site."""
    try:
        asked = forms.check(Registration, {"username": username, "email": email, "password": password})
        edge.command(lambda: _make_admin(asked))
    except AppError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{asked.username} may sign in and administer this site.")


def _make_admin(asked: Registration) -> None:
    user_id = auth.register(asked, role="admin", trusted=True)
    audit.write(None, "create_admin", "user", user_id, user_id=user_id)


@click.command("make-push-key")
def make_push_key() -> None:
    """Make the key that signs pushes. Keep it: with another one, every device has to be turned on again."""
    click.echo(f"VAPID_PRIVATE_KEY={push.make_key()}")


@click.command("doctor")
def doctor() -> None:
    """Ask every part whether it answers, and say what to mend."""
    parts = {
        "database": (db.alive, "Check DATABASE_URL, and that PostgreSQL runs."),
        "redis": (cache.alive, "Check REDIS_URL, and that Redis or Valkey runs."),
        "storage": (storage.here().alive, "Check S3_ENDPOINT_URL, the keys and that both buckets exist."),
    }
    ill = 0
    for name, (alive, advice) in parts.items():
        up = alive()
        ill += not up
        click.echo(f"{name:10} {'ok' if up else 'does not answer. ' + advice}")
    click.echo(
        f"{'push':10} {'ok' if push.public_key() else 'off. `make-push-key` makes the key for VAPID_PRIVATE_KEY.'}"
    )
    if ill:
        raise SystemExit(1)
