"""Measure the application over a large community: `bin/bench` prints a table and writes `docs/benchmarks.md`.

`data` and `words` make the community up, `store` keeps it in a PostgreSQL of its own, `site` serves the application
as in production, `scenarios` says what people do, `load` does it, `measure` takes the figures, `floors` those of the
bare parts, `plans` looks at the statements, `report` writes everything down.
"""
