"""The tables: the migrations make what the models say, and every reference can be followed backwards."""

from flask_migrate import check

from webapp import models


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
