"""Run PostgreSQL, which refuses root, for root: same files, wherever they lie.

Two ways, the first that works is taken. A user namespace gives the process an ordinary number inside, while
outside it stays the owner of its files. Where namespaces are forbidden (many containers), it becomes `nobody`
and keeps one capability, to pass through folders that are closed to others. Neither copies anything.
"""
# ruff: noqa: S603 (unshare, setpriv and sh are the system's own)

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from embedded.process import EmbeddedError


@dataclass(frozen=True)
class Guise:
    """How to start the program, and who must own its files."""

    prefix: tuple[str, ...]
    owner: int


def find(program: Path, folder: Path) -> Guise:
    """Find how `program` can run and write in `folder`. Raises EmbeddedError if there is no way."""
    me = os.geteuid()
    if me != 0 and _has_name(me):
        return Guise((), me)
    for guise in _disguises(me):
        if _works(guise, program, folder):
            return guise
    raise EmbeddedError(
        "PostgreSQL runs neither as root nor as a user without a name, and here nothing else is allowed. "
        "Run this as an ordinary user, or set DATABASE_URL to a PostgreSQL that runs."
    )


def _disguises(me: int) -> list[Guise]:
    nobody = pwd.getpwnam("nobody")
    uid, gid = nobody.pw_uid, nobody.pw_gid
    namespace = ("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}")
    # The change of user clears the signal that ends a child with its parent, so setpriv sets it anew.
    capability = (
        "setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override",
        # Without it access(2), by which PostgreSQL looks for its own files, ignores the capability.
        "--securebits=+no_setuid_fixup",
        "--pdeathsig=INT",
    )
    return [Guise(namespace, me), Guise(capability, uid)] if me == 0 else [Guise(namespace, me)]


def _works(guise: Guise, program: Path, folder: Path) -> bool:
    probe = folder / "probe"
    script = '"$1" --version && : >"$2"'
    try:
        done = subprocess.run(  # nosec B603
            [*guise.prefix, "sh", "-c", script, "sh", program, probe], capture_output=True, check=False
        )
    except OSError:
        return False
    probe.unlink(missing_ok=True)
    return done.returncode == 0


def _has_name(uid: int) -> bool:
    # initdb asks for the name of its user; a container may run under a number that has none.
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
