"""Tables made beforehand: a site that begins with a copy of them is there sooner than one that migrates."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

from embedded import tables
from embedded.stack import Stack
from tests.whole import ROOT, environment


def folder(data: Path, shared: Path) -> Path:
    """Put a copy of the tables into a data folder, and return it. All processes of a run have the folder `shared`."""
    made = shared / "tables"
    with (shared / "tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes first makes them, the others wait
        if not made.exists():
            _make(shared / "tables.new")
            (shared / "tables.new" / "postgres").rename(made)
    shutil.copytree(made, data / "postgres")
    return data


def _make(data: Path) -> None:
    with Stack(data, environ=environment(), durable=False) as stack:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
        given = {**environment(), **stack.env, "BASE_URL": "http://localhost"}
        subprocess.run(command, cwd=ROOT, env=given, capture_output=True, check=True)
        tables.settle(stack.services[0])
