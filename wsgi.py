"""The way in for application servers: `gunicorn wsgi:app`. `flask --app wsgi` alone brings the commands, too."""

import importlib
import os

from webapp import create_app

app = create_app()
if os.environ.get("FLASK_RUN_FROM_CLI"):  # set by Flask
    importlib.import_module("webapp.commands").install(app)
    app.cli.add_command(importlib.import_module("demo.command").seed_demo)
