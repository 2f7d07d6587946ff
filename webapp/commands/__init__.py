"""`flask --app wsgi …`: what whoever runs the site does on its machine. Each calls actions, as a request would.

Loaded for commands alone: with them and the tools of migrations a web process or a worker would start a third later.
"""

from flask import Flask
from flask_migrate import Migrate

from webapp import models
from webapp.commands import backup, counting, doctor, people, photos, restore


def install(app: Flask) -> None:
    """Put the commands beside Flask's own, those of migrations included."""
    Migrate(app, models.User, directory="migrations")
    for command in (
        doctor.doctor, people.create_admin, people.make_push_key, people.purge, counting.recount,
        photos.reprocess_media, photos.strays_of_storage, backup.backup, restore.restore,
    ):  # fmt: skip
        app.cli.add_command(command)
