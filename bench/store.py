"""Keep the community in a PostgreSQL of its own: made once, reused while its stamp matches, tidied between runs."""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench import data, everyday, subjects
from bench.rows import END, Table
from embedded.paths import PROJECT

MARK = "bench.json"  # in the data folder: says that the folder is ours, and what lies in it
_CHUNK = 2000  # rows a write


LAYERS = {"community": data.VERSION, "everyday": everyday.VERSION, "subjects": subjects.VERSION}


def stamp(scale: float) -> dict[str, Any]:
    """Say what a data folder of this scale holds: its layers in the order in which they are added, with versions."""
    digest = hashlib.sha256()
    for path in sorted((PROJECT / "migrations" / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return {"scale": scale, "tables": digest.hexdigest()[:16], "layers": LAYERS}


def ours(folder: Path) -> bool:
    """Tell whether we may empty this folder's database: we made it, or there is none yet."""
    return (folder / MARK).exists() or not (folder / "postgres").exists()


def missing(folder: Path, scale: float) -> list[str]:
    """Name the layers that the folder lacks. All of them: what it holds is none of ours, or older, so it is emptied."""
    kept = json.loads((folder / MARK).read_text()) if (folder / MARK).exists() else None
    wanted = stamp(scale)
    there = kept.get("layers", {}) if kept else {}
    same = kept is not None and all(kept.get(name) == wanted[name] for name in ("scale", "tables"))
    if not same or any(LAYERS.get(name) != version for name, version in there.items()):
        return list(LAYERS)
    return [name for name in LAYERS if name not in there]


def keep(folder: Path, scale: float | None) -> None:
    """Mark the folder as ours: complete, or (None) being filled."""
    (folder / MARK).write_text(json.dumps(stamp(scale) if scale else None))


def empty(url: str) -> None:
    """Remove all tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def fill(url: str, tables: list[Table]) -> None:
    """Copy rows into their tables; keys and indexes are taken off and made at the end, which is faster."""
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
        for sequence, column in (("posts_published_seq", "published_seq"), ("notifications_seq", "seq")):
            table = sequence.partition("_")[0]
            newest = sql.SQL("SELECT setval({}, greatest(1, max({}))) FROM {}")
            connection.execute(newest.format(sql.Literal(sequence), sql.Identifier(column), sql.Identifier(table)))
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


_TIDY = (
    "DELETE FROM sessions",
    "TRUNCATE outbox, idempotency_keys",
    "DELETE FROM notifications WHERE latest_at >= %(end)s",
    "WITH gone AS (DELETE FROM posts WHERE created_at >= %(end)s RETURNING author_id, status)"
    " UPDATE users SET post_count = post_count"
    " - (SELECT count(*) FROM gone WHERE author_id = users.id AND status = 'published'),"
    " last_activity_seq = (SELECT max(published_seq) FROM posts"
    " WHERE author_id = users.id AND status = 'published' AND created_at < %(end)s)"
    " WHERE id IN (SELECT author_id FROM gone)",
    "DELETE FROM media WHERE purpose = 'post' AND post_id IS NULL",
    "WITH gone AS (DELETE FROM likes WHERE created_at >= %(end)s RETURNING post_id)"
    " UPDATE posts SET like_count = like_count - (SELECT count(*) FROM gone WHERE post_id = posts.id)"
    " WHERE id IN (SELECT post_id FROM gone)",
    "WITH gone AS (DELETE FROM comments WHERE created_at >= %(end)s RETURNING post_id)"
    " UPDATE posts SET comment_count = comment_count - (SELECT count(*) FROM gone WHERE post_id = posts.id)"
    " WHERE id IN (SELECT post_id FROM gone)",
    "DELETE FROM messages WHERE created_at >= %(end)s",
    "WITH left_of AS (SELECT c.id, m.seq, m.created_at FROM conversations c, LATERAL (SELECT seq, created_at"
    " FROM messages WHERE conversation_id = c.id ORDER BY seq DESC LIMIT 1) m WHERE c.updated_at >= %(end)s),"
    " talks AS (UPDATE conversations c SET last_seq = l.seq, updated_at = l.created_at FROM left_of l"
    " WHERE c.id = l.id)"
    " UPDATE participants p SET newest_seq = l.seq, newest_at = l.created_at,"
    " read_seq = least(read_seq, l.seq), seen_seq = least(seen_seq, l.seq)"
    " FROM left_of l WHERE p.conversation_id = l.id",
    "VACUUM (ANALYZE) posts, media, likes, comments, messages, conversations, participants, users, outbox, sessions,"
    " post_tags",
)


def tidy(url: str) -> None:
    """Undo what measuring has written, so that every run begins with the same rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in _TIDY:
            connection.execute(statement, {"end": END} if "%(end)s" in statement else None)


def warm(cluster: Path) -> None:
    """Read the tables and indexes once: a system that puts idle files out of its memory would measure its disk."""
    for path in sorted((cluster / "base").rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 20):
                    pass


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
