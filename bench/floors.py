"""What the bare parts cost on this machine: Flask alone, with the feed's statement, with a simple page around it.

`create_app` is served by the same gunicorn as the application and asked by the same clients.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg
from flask import Flask, request
from psycopg.rows import namedtuple_row

from bench import plans
from bench.data import SEED
from bench.requests import Requests, bare
from bench.scenarios import Scenario
from bench.site import Site

APP = "bench.floors:create_app()"
SERVER = "floor"  # its name; it runs beside the application
FILE, URL = "BENCH_FLOOR_STATEMENT", "BENCH_FLOOR_DATABASE"
_VIEWER = "viewer"  # stands for the viewer's id among the statement's values

_CARDS = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Feed</title></head><body><main>
{% for post in posts %}
<article id="post-{{ post.post_id }}">
<h2><a href="/@{{ post.username }}">{{ post.display_name }}</a></h2>
<img src="/{{ post.post_id }}.webp" width="640" height="480" alt="Photo by {{ post.display_name }}" loading="lazy">
<p>{{ post.post_like_count }} likes, {{ post.post_comment_count }} comments{% if post.liked %}, yours too{% endif %}</p>
<p><a href="/@{{ post.username }}">{{ post.username }}</a> {{ post.post_caption }}</p>
<form method="post" action="/p/{{ post.post_id }}/like"><button>Like</button></form>
</article>
{% endfor %}
</main></body></html>"""


def create_app() -> Flask:
    """Make the bare application, with the statement that `prepare` wrote down."""
    app = Flask(__name__)
    statement, values = json.loads(Path(os.environ[FILE]).read_text())
    cards = app.jinja_env.from_string(_CARDS)
    free: list[psycopg.Connection] = []  # kept for the next request: making one, and preparing anew, costs several

    def posts() -> list:
        me = UUID(request.args["me"])
        mine = {name: me if value == _VIEWER else value for name, value in values.items()}
        connection = free.pop() if free else _connect()
        found = connection.execute(statement, mine).fetchall()
        free.append(connection)
        return found

    app.add_url_rule("/plain", view_func=lambda: "Hello", endpoint="plain")
    app.add_url_rule("/sql", view_func=lambda: str(len(posts())), endpoint="sql")
    app.add_url_rule("/page", view_func=lambda: cards.render(posts=posts()[:20]), endpoint="page")
    return app


def _prepare(site: Site) -> dict[str, str]:
    """Write down the statement that reads a whole feed; returns what `create_app` needs to know."""
    me = plans.viewer(site.community, 0)
    statement, values = plans.whole_page(me)
    file = site.data / "run" / "floor.json"
    file.write_text(json.dumps([statement, {n: _VIEWER if value == me.id else value for n, value in values.items()}]))
    return {FILE: str(file), URL: site.url}


def _connect() -> psycopg.Connection:
    connection = psycopg.connect(os.environ[URL], autocommit=True, row_factory=namedtuple_row)
    connection.prepare_threshold = 3  # a bare application's way to what the application does itself
    return connection


@contextmanager
def serve(site: Site, worker: str) -> Iterator[None]:
    """Serve the bare application until the block ends; `webapp.connect` must have been called."""
    with site.serve(worker, APP, "/plain", SERVER, **_prepare(site)):
        yield


def scenarios(site: Site) -> list[Scenario]:
    """Return the floors as scenarios, asked for the same viewers as the feed."""
    return [
        Scenario("floor-plain", "Flask alone", lambda _: [bare("/plain")], server=SERVER),
        Scenario("floor-sql", "Flask + SQL", lambda _: _for_each(site, "/sql"), server=SERVER),
        page(site),
    ]


def page(site: Site) -> Scenario:
    """Return the floor with which all others are compared."""
    return Scenario("floor-page", "Flask + SQL + Jinja", lambda _: _for_each(site, "/page"), server=SERVER)


def _for_each(site: Site, path: str) -> Requests:
    people = [str(UUID(site.community.person_ids[number])) for number in site.community.viewers]
    Random(SEED).shuffle(people)  # noqa: S311 (no secrets)
    return [bare(f"{path}?me={me}") for me in people]
