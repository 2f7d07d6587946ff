"""A backup's folder: dumps with their manifests, the objects of the private bucket, and an index of these.

    2026-11-22T010203Z.json        what a backup holds: written last, so one without it is not whole
    2026-11-22T010203Z.dump        the database, in pg_dump's custom format
    media/originals/…              objects under their own keys
    media.sqlite                   which objects are here, and since when the bucket has them no more

Files appear under their names only when they are complete; a row of the index stands for a file that is on the disk.
"""

import fcntl
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

FORMAT = 1
_STAMP = "%Y-%m-%dT%H%M%SZ"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OURS = re.compile(rf"(?:originals|incoming)/{_UUID}|variants/{_UUID}/[a-z0-9]+\.[a-z0-9]+|erased/[0-9a-f]{{64}}")
_MD5 = re.compile(r"[0-9a-f]{32}")
_TABLE = "CREATE TABLE IF NOT EXISTS objects (key TEXT PRIMARY KEY, size INTEGER, mark TEXT, seen TEXT, gone TEXT)"


def ours(key: str) -> bool:
    """Tell whether a key is of the form that we write; only these become files."""
    return _OURS.fullmatch(key) is not None


class Folder:
    """One folder with backups of one site."""

    def __init__(self, path: Path):
        self.path = path
        self.media = path / "media"
        self._index: sqlite3.Connection | None = None

    @property
    def index(self) -> sqlite3.Connection:
        """The index of objects."""
        if self._index is None:
            self._index = sqlite3.connect(self.path / "media.sqlite")
            self._index.execute(_TABLE)
        return self._index

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody else write into this folder meanwhile."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("w")
        except OSError as error:
            raise click.ClickException(f"{self.path} can't be written: {error.strerror}.") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise click.ClickException(f"Another backup writes into {self.path} right now.") from error
            try:
                yield
            finally:
                if self._index is not None:
                    self._index.close()
                    self._index = None

    def file(self, key: str) -> Path:
        """Return where an object lies."""
        return self.media / key

    def lacks(self, page: Iterable[Any]) -> list[Any]:
        """Return those of these objects that are not here as they are now."""
        known = "SELECT 1 FROM objects WHERE key = ? AND size = ? AND mark = ? AND gone IS NULL"
        return [one for one in page if self.index.execute(known, (one.key, one.size, one.mark)).fetchone() is None]

    def note(self, page: Iterable[Any], stamp: str) -> None:
        """Write down that these objects are here, and that the bucket had them in this run."""
        made = "INSERT INTO objects VALUES (?, ?, ?, ?, NULL) ON CONFLICT (key) DO UPDATE SET size = excluded.size"
        more = ", mark = excluded.mark, seen = excluded.seen, gone = NULL"
        with self.index:
            self.index.executemany(made + more, [(one.key, one.size, one.mark, stamp) for one in page])

    def let_go(self, stamp: str, days: int) -> int:
        """Delete what the bucket has had no more for so many days, so that what people deleted is gone here, too."""
        before = (parsed(stamp) - timedelta(days=days)).strftime(_STAMP)
        with self.index:
            self.index.execute("UPDATE objects SET gone = ? WHERE seen < ? AND gone IS NULL", (stamp, stamp))
        old = self.index.execute("SELECT key FROM objects WHERE gone < ?", (before,)).fetchall()
        for (key,) in old:
            self.file(key).unlink(missing_ok=True)
            with self.index:
                self.index.execute("DELETE FROM objects WHERE key = ?", (key,))
        for manifest in self.manifests():
            if manifest["stamp"] < before:
                (self.path / f"{manifest['stamp']}.json").unlink()
                (self.path / manifest["database"]["file"]).unlink(missing_ok=True)
        return len(old)

    def totals(self, stamp: str) -> dict[str, int]:
        """Return how many objects the bucket had in a run, and their bytes."""
        row = self.index.execute("SELECT count(*), coalesce(sum(size), 0) FROM objects WHERE seen = ?", (stamp,))
        count, size = row.fetchone()
        return {"objects": count, "bytes": size}

    def objects(self, after: str = "", most: int = 500) -> list[tuple[str, int]]:
        """Return the next objects that are here: key and size."""
        asked = "SELECT key, size FROM objects WHERE key > ? ORDER BY key LIMIT ?"
        return self.index.execute(asked, (after, most)).fetchall()

    def write(self, manifest: dict[str, Any]) -> None:
        """Write a manifest: from now on this backup is whole."""
        draft = self.path / f"{manifest['stamp']}.json.part"
        with draft.open("w") as file:
            json.dump(manifest, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(draft.with_suffix(""))

    def manifests(self) -> list[dict[str, Any]]:
        """Return the backups that are whole, the newest first."""
        found = []
        for path in sorted(self.path.glob("*Z.json"), reverse=True):
            try:
                manifest = json.loads(path.read_text())
            except (OSError, ValueError) as error:
                raise click.ClickException(f"{path} can't be read: {error}") from error
            found.append(manifest)
        return found

    def chosen(self, stamp: str | None) -> dict[str, Any]:
        """Return a backup's manifest, the newest if none is named, after checking that it is whole."""
        known = [one for one in self.manifests() if stamp in (None, one.get("stamp"))]
        if not known:
            there = f"no backup of {stamp}" if stamp else "no whole backup"
            raise click.ClickException(f"There is {there} in {self.path}.")
        manifest = known[0]
        if manifest.get("format") != FORMAT:
            raise click.ClickException(f"The backup {manifest.get('stamp')} is of a form that this version can't read.")
        dump, wanted = self.path / manifest["database"]["file"], manifest["database"]
        if not dump.exists() or dump.stat().st_size != wanted["bytes"] or digest(dump) != wanted["sha256"]:
            raise click.ClickException(f"{dump} is missing or damaged: it is not what the manifest says.")
        return manifest

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of objects below a prefix that are here."""
        asked = "SELECT key FROM objects WHERE key >= ? AND key < ?"
        return [key for (key,) in self.index.execute(asked, (prefix, f"{prefix}\U0010ffff"))]

    def damaged(self) -> list[str]:
        """Return the keys of objects whose files are missing, or have another length or sum."""
        wrong, after = [], ""
        asked = "SELECT key, size, mark FROM objects WHERE key > ? ORDER BY key LIMIT 500"
        while page := self.index.execute(asked, (after,)).fetchall():
            wrong += [key for key, size, mark in page if not _sound(self.file(key), size, mark)]
            after = page[-1][0]
        return wrong


def is_sum(mark: str) -> bool:
    """Tell whether an object's ETag is the MD5 of its bytes, as with most servers: a sum, no seal."""
    return _MD5.fullmatch(mark) is not None


def _sound(path: Path, size: int, mark: str) -> bool:
    """Tell whether a file is what the bucket had."""
    if not path.exists() or path.stat().st_size != size:
        return False
    return not is_sum(mark) or digest(path, "md5") == mark


def stamp_now() -> str:
    """Return the name of a backup that begins now."""
    return datetime.now(UTC).strftime(_STAMP)


def parsed(stamp: str) -> datetime:
    """Return when a backup began."""
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def digest(path: Path, kind: str = "sha256") -> str:
    """Return the sum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
