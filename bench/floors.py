"""What the bare parts cost on this machine: Flask alone, with the feed's statement, with a simple page around it.

`create_app` is served by the same gunicorn as the application and asked by the same clients.
"""

import json
import os
import threading
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg
from flask import Flask, request
from psycopg.rows import namedtuple_row

from bench import plans
from bench.data import SEED
from bench.requests import bare
from bench.scenarios import Scenario
from bench.site import Site

APP = "bench.floors:create_app()"
FILE, URL = "BENCH_FLOOR_STATEMENT", "BENCH_FLOOR_DATABASE"
PAGE = "floor-page"  # the scenario that the others are compared with
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
    ours = threading.local()

    def posts() -> list:
        if not hasattr(ours, "connection"):
            ours.connection = psycopg.connect(os.environ[URL], autocommit=True, row_factory=namedtuple_row)
            ours.connection.prepare_threshold = 3  # as the application sets it
        me = UUID(request.args["me"])
        mine = {name: me if value == _VIEWER else value for name, value in values.items()}
        return ours.connection.execute(statement, mine).fetchall()

    app.add_url_rule("/plain", view_func=lambda: "Hello", endpoint="plain")
    app.add_url_rule("/sql", view_func=lambda: str(len(posts())), endpoint="sql")
    app.add_url_rule("/page", view_func=lambda: cards.render(posts=posts()[:20]), endpoint="page")
    return app


def prepare(site: Site) -> dict[str, str]:
    """Write down the statement that reads a whole feed; returns what `create_app` needs to know."""
    me = plans.viewer(site.community, 0)
    statement, values = plans.whole_page(me)[0]
    file = site.data / "run" / "floor.json"
    file.write_text(json.dumps([statement, {n: _VIEWER if value == me.id else value for n, value in values.items()}]))
    return {FILE: str(file), URL: site.url}


def scenarios(site: Site) -> list[Scenario]:
    """Return the floors as scenarios, asked for the same viewers as the feed."""
    people = [str(UUID(site.community.person_ids[number])) for number in site.community.viewers]
    Random(SEED).shuffle(people)  # noqa: S311 (no secrets)
    return [
        Scenario("floor-plain", "Flask alone", lambda _: [bare("/plain")]),
        Scenario("floor-sql", "Flask + SQL", lambda _: [bare(f"/sql?me={me}") for me in people]),
        Scenario(PAGE, "Flask + SQL + Jinja", lambda _: [bare(f"/page?me={me}") for me in people]),
    ]
