"""The tables: the migrations make what the models say, and every reference can be followed backwards."""

import ast
import re

from flask_migrate import check

from tests.house.source import ROOT, tree
from webapp import models

PACKAGES = sorted((ROOT / "webapp").glob("*/__init__.py"))


def test_the_migrations_make_what_the_models_say(app):
    with app.app_context():
        check(directory="migrations")


def test_every_reference_has_an_index():
    """A deletion looks up who refers to the row, in every table: without an index it reads them all."""
    bare = []
    for table in models.User.metadata.sorted_tables:
        led = {next(iter(table.primary_key.columns)).name}
        for index in table.indexes:
            column = next(iter(index.columns)).name
            condition = index.dialect_options["postgresql"]["where"]
            if condition is None or str(condition) == f"{column} IS NOT NULL":
                led.add(column)
        bare += [f"{table.name}.{key.parent.name}" for key in table.foreign_keys if key.parent.name not in led]
    assert not bare, bare


def test_every_table_is_named_by_the_package_whose_it_is():
    """Its paragraph is where a newcomer looks; a table that none names has been added without a word."""
    said = " ".join(ast.get_docstring(tree(path)) or "" for path in PACKAGES)
    named = {word for part in said.split("Table")[1:] for word in re.findall(r"[a-z_]+", part)}
    assert [table.name for table in models.User.metadata.sorted_tables if table.name not in named] == []
