"""Keep the community in a PostgreSQL of its own: made once, reused while its stamp matches, tidied between runs."""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import psycopg
from psycopg import sql

from bench.data import END, VERSION, Community, Table
from embedded.paths import PROJECT

MARK = "bench.json"  # in the data folder: says that the folder is ours, and what lies in it
_CHUNK = 2000  # rows a write


def stamp(scale: float) -> dict[str, object]:
    """Say what a data folder of this scale holds: anything else is made anew."""
    digest = hashlib.sha256()
    for path in sorted((PROJECT / "migrations" / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return {"version": VERSION, "scale": scale, "tables": digest.hexdigest()[:16]}


def ours(data: Path) -> bool:
    """Tell whether we may empty this folder's database: we made it, or there is none yet."""
    return (data / MARK).exists() or not (data / "postgres").exists()


def is_kept(data: Path, scale: float) -> bool:
    """Tell whether the folder holds the community of this scale, complete."""
    return json.loads((data / MARK).read_text()) == stamp(scale) if (data / MARK).exists() else False


def keep(data: Path, scale: float | None) -> None:
    """Mark the folder as ours: complete, or (None) being filled."""
    (data / MARK).write_text(json.dumps(stamp(scale) if scale else None))


def empty(url: str) -> None:
    """Remove all tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def fill(url: str, community: Community) -> None:
    """Copy the community into empty tables; keys and indexes are taken off and made at the end, which is faster."""
    tables = community.tables()
    total, done = sum(table.count for table in tables), 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '256MB'")
        again = _strip(connection)
        for table in tables:
            for count in _copy(connection, table):
                done += count
                _progress(done / total, table.name)
        for place, statement in enumerate(again, 1):
            connection.execute(statement)
            _progress(place / len(again), "keys and indexes")
        connection.execute("SELECT setval('posts_published_seq', %s)", [len(community.authors)])
        connection.execute("VACUUM (ANALYZE)")


def _copy(connection: psycopg.Connection, table: Table) -> Iterator[int]:
    names = sql.SQL(", ").join(map(sql.Identifier, table.columns.split(", ")))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        while chunk := list(islice(table.lines, _CHUNK)):
            copy.write("".join(chunk))
            yield len(chunk)


def _strip(connection: psycopg.Connection) -> list[sql.Composed]:
    """Drop every key and index; returns the statements that bring them back, the keys that others refer to first."""
    keys = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f')"
        " ORDER BY contype = 'f' DESC, conname"
    ).fetchall()
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON oid = indexrelid"
        " WHERE relnamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1"
    ).fetchall()
    for table, name, _ in keys:
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
        )
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
    back = [
        add.format(sql.Identifier(table), sql.Identifier(name), sql.SQL(definition)) for table, name, definition in keys
    ]
    references = [place for place, (_, _, definition) in enumerate(keys) if definition.startswith("FOREIGN")]
    others = [statement for place, statement in enumerate(back) if place not in references]
    made = [sql.SQL("{}").format(sql.SQL(definition)) for _, definition in indexes]
    return [*others, *made, *(back[place] for place in references)]


def tidy(url: str) -> None:
    """Undo what measuring has written, so that every run begins with the same rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM sessions")
        connection.execute("TRUNCATE outbox, idempotency_keys")
        connection.execute("DELETE FROM posts WHERE status = 'processing'")
        connection.execute("DELETE FROM media WHERE purpose = 'post' AND post_id IS NULL")
        connection.execute(
            "WITH gone AS (DELETE FROM likes WHERE created_at >= %s RETURNING post_id)"
            " UPDATE posts SET like_count = like_count - (SELECT count(*) FROM gone WHERE post_id = posts.id)"
            " WHERE id IN (SELECT post_id FROM gone)",
            [END],
        )
        connection.execute("VACUUM (ANALYZE) posts, media, likes, outbox, sessions, post_tags")


_last = [0.0, ""]


def _progress(share: float, name: str) -> None:
    """Draw a bar for a person; into a file write only the names."""
    if sys.stderr.isatty():
        if time.monotonic() - float(_last[0]) > 0.1 or share == 1:
            _last[0] = time.monotonic()
            bar = "█" * round(share * 30)
            print(f"\r  {bar:30} {share:4.0%}  {name:20}", end="\n" if share == 1 else "", file=sys.stderr, flush=True)
    elif _last[1] != name:
        _last[1] = name
        print(f"  {name}", file=sys.stderr, flush=True)
