"""The way in for application servers: `gunicorn wsgi:app`. `flask --app wsgi` alone brings the commands, too."""

import gc
import importlib
import os

gc.disable()  # of what is loaded nothing becomes garbage: looking for it takes a sixth of the start
app = importlib.import_module("webapp").create_app()
if os.environ.get("FLASK_RUN_FROM_CLI"):  # set by Flask
    importlib.import_module("webapp.commands").install(app)
    app.cli.add_command(importlib.import_module("demo.command").seed_demo)
gc.enable()
