"""The way in for application servers: `gunicorn wsgi:app`, and for `flask --app wsgi`."""

from demo.command import seed_demo
from webapp import create_app

app = create_app()
app.cli.add_command(seed_demo)
