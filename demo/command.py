"""`flask --app wsgi seed-demo`. Light, because every process imports it; the pictures are loaded when it is called."""

import importlib

import click


@click.command("seed-demo")
@click.option("--posts", default=80, show_default=True, help="How many posts to make up.")
def seed_demo(posts: int) -> None:
    """Fill an empty site with a community that is worth looking at."""
    importlib.import_module("demo.seed").seed(posts)
