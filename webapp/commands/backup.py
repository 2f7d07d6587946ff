"""`flask backup`: the database, then the photographs, into a folder; the same folder again takes what is new."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext

from webapp.commands import checkup, folder, postgres
from webapp.core import storage
from webapp.core.errors import Unavailable
from webapp.core.storage import Stored
from webapp.settings import Settings
from webapp.web import edge

PREFIXES = {"erased/": 1000, "incoming/": 100, "originals/": 100, "variants/": 1000}  # objects a page
THREADS = 4
_TRIES, _PAUSE = 6, 2.0
Result = TypeVar("Result")


@click.command("backup")
@click.argument("target", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", default=30, show_default=True, type=click.IntRange(1, 3650),
              help="Days for which older dumps, and photographs that the site has no more, are kept.")  # fmt: skip
@click.option("--database", "dump", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A dump that pg_dump --format=custom has just made elsewhere: taken in place of one.")  # fmt: skip
@click.option("--pg-bin", default="", metavar="FOLDER", help="Where pg_dump is, if it is not found by itself.")
@with_appcontext
def backup(target: Path, keep: int, dump: Path | None, pg_bin: str) -> None:
    """Back the site up into FOLDER, while it runs: first the database, then every photograph.

    A whole dump each time, of one moment; of the photographs what FOLDER does not have yet, each checked for length and
    sum. A run that is cut off is begun anew and goes on where it was. What people deleted leaves FOLDER after --keep
    days. Keep FOLDER on another machine, and your settings (SECRET_KEY above all) beside it: they are not in it.
    """
    settings: Settings = current_app.config["SETTINGS"]
    here, stamp = folder.Folder(target), folder.stamp_now()
    try:
        with here.held():
            manifest = {"format": folder.FORMAT, "stamp": stamp, "site": settings.base_url, **_database(settings, here,
                        stamp, dump, pg_bin)}  # fmt: skip
            copied = _media(here, stamp)
            manifest["media"] = here.totals(stamp)
            here.write(manifest)
            gone = here.let_go(stamp, keep)
    except OSError as error:
        raise click.ClickException(f"{target}: {error.strerror}. What is there stays; run it again.") from error
    except Unavailable as error:
        raise click.ClickException(f"{error.sentence} What is there stays; run it again.") from error
    total, size = manifest["media"], manifest["database"]["bytes"]
    click.echo(
        f"Backup {stamp} is whole: {size / 1e6:.1f} MB of database, {total['objects']} objects of "
        f"{total['bytes'] / 1e6:.1f} MB ({copied} new, {gone} let go)."
    )


def _database(settings: Settings, here: folder.Folder, stamp: str, dump: Path | None, pg_bin: str) -> dict[str, Any]:
    to = here.path / f"{stamp}.dump"
    version, _ = edge.command(checkup.database)
    have, _ = edge.command(checkup.revisions)
    if dump is None:
        rows: dict[str, int] | None = postgres.dump(settings, to, pg_bin)
    else:
        rows = None
        _check_dump(dump)
        shutil.copyfile(dump, to.with_suffix(".dump.part"))
        to.with_suffix(".dump.part").replace(to)
    to.chmod(0o600)
    about = {"file": to.name, "bytes": to.stat().st_size, "sha256": folder.digest(to)}
    return {"revision": have, "postgres": version // 10000, "rows": rows, "database": about}


def _check_dump(dump: Path) -> None:
    with dump.open("rb") as file:
        if file.read(5) != b"PGDMP":
            raise click.ClickException(f"{dump} is no dump in pg_dump's custom format (--format=custom).")


def _media(here: folder.Folder, stamp: str) -> int:
    copied = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for prefix, most in PREFIXES.items():
            after = ""
            while page := patient(partial(storage.here().listed, "private", prefix, after, most)):
                known = [one for one in page if folder.ours(one.key)]
                fresh = here.lacks(known)
                missing = {
                    one.key
                    for one, there in zip(fresh, pool.map(partial(_fetch, here), fresh), strict=True)
                    if not there
                }
                here.note([one for one in known if one.key not in missing], stamp)
                copied, after = copied + len(fresh) - len(missing), page[-1].key
                if fresh:
                    click.echo(f"{copied} objects copied, up to {after}")
    return copied


def _fetch(here: folder.Folder, one: Stored) -> bool:
    """Copy an object into the folder. False if it is gone meanwhile."""
    path = here.file(one.key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return patient(partial(_copy, path, one))


def _copy(path: Path, one: Stored) -> bool:
    draft, size, md5 = path.with_name(path.name + ".part"), 0, hashlib.new("md5", usedforsecurity=False)
    with draft.open("wb") as file:
        for piece in storage.here().pieces(one.key):
            size += len(piece)
            md5.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())  # on the disk before the index says so
    if not size and not storage.here().has("private", one.key):
        draft.unlink()
        return False
    if size != one.size or (folder.is_sum(one.mark) and md5.hexdigest() != one.mark):
        draft.unlink()
        raise Unavailable(f"{one.key} came back changed or cut off.")
    draft.replace(path)
    return True


def patient(call: Callable[[], Result]) -> Result:
    """Call storage, and again for half a minute while it does not answer."""
    for attempt in range(_TRIES):
        try:
            return call()
        except Unavailable:
            if attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE * (attempt + 1))
    raise AssertionError
