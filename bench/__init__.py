"""Measure the application over a large community: `bin/bench` prints tables and writes `docs/benchmarks.md`.

The data set: `data` and `words` make a community up, `everyday` what it has beside posts, `subjects` accounts made for
one question each; `rows` writes them as COPY takes them, `store` keeps them in a PostgreSQL of their own.
Operations: `site` serves the application as in production, `crowd` are the people who ask, `requests` what goes over
the wire, `scenarios` the list of all that they do; `load` does it, `measure` takes the figures beside those of the
bare parts (`floors`), `processes` reads CPU and memory. Other parts: `streams` (open pages), `uploads` with `decode`,
`startup`, `growth`, `plans` (statements) and `hot` (those that take most).
`run` does all of it in turn, `goals` holds it against what was promised, `report` writes everything down.
"""
