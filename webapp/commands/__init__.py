"""`flask --app wsgi …`: what whoever runs the site does on its machine. Each calls actions, as a request would.

Loaded for commands alone: with them and the tools of migrations a web process or a worker would start a third later.
"""

from flask import Flask
from flask_migrate import Migrate
from flask_migrate.cli import db as migrations

from webapp import models
from webapp.commands import backup, counting, doctor, people, photos, restore
from webapp.commands.plainly import MIGRATING, plainly

_OURS = (
    doctor.doctor, people.create_admin, people.make_push_key, people.purge, counting.recount,
    photos.reprocess_media, photos.strays_of_storage, backup.backup, restore.restore,
)  # fmt: skip
for _command in _OURS:
    plainly(_command)
plainly(migrations, MIGRATING)  # a table that a migration does not find is a fault, to be seen whole


def install(app: Flask) -> None:
    """Put the commands beside Flask's own, those of migrations included."""
    Migrate(app, models.User, directory="migrations")
    for command in _OURS:
        app.cli.add_command(command)
