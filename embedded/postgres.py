"""A PostgreSQL 18 of our own, reached through a unix socket alone."""
# ruff: noqa: S603 (every command is built by this package)

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from embedded import guise, paths
from embedded.process import EmbeddedError, Process, die_with_parent, tail, wait_until

NAME = "tintype"  # of the database and of its owner
APP = "tintype_app"  # the role as which the application comes: it owns nothing
_ROLES = "tintype.roles"  # a mark in the cluster: the roles have been made
PORT = 5432  # only a part of the socket's name

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "96MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # the rows that a constraint refused hold what people wrote
}
# For tests: a crash may lose everything, and nothing waits for the disk.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class Postgres(Process):
    """The server over `<data>/postgres`; creates its cluster at the first start and outlives crashes."""

    def __init__(self, data: Path, sockets: Path, *, durable: bool = True) -> None:
        self.cluster = data / "postgres"
        self.sockets = sockets
        self.durable = durable
        self.bin = paths.postgres_bin()
        self.guise = guise.find(self.bin / "postgres", data / "run")
        super().__init__(
            name="postgres",
            command=self._command(),
            data=data,
            ready=self._accepts,
            env=_environment(),
            stop_signal=signal.SIGINT,  # "fast": roll back what is open, write everything, leave
        )

    @property
    def url(self) -> str:
        """The DATABASE_URL of this server: the application's role."""
        return self._url(APP)

    @property
    def owner_url(self) -> str:
        """The MIGRATION_DATABASE_URL of this server: the role that owns the tables."""
        return self._url(NAME)

    def _url(self, role: str) -> str:
        return f"postgresql+psycopg://{role}@/{NAME}?host={quote(str(self.sockets), safe='/')}&port={PORT}"

    def launch(self) -> None:
        """Clear what a crash left, create the cluster if there is none, spawn the server."""
        self.end_leftover()
        self._end_orphans()
        if not self.cluster.exists():
            self._create()
        self._own()
        self._add_role()
        super().launch()

    def _command(self) -> list[str]:
        settings = SETTINGS | ({} if self.durable else HASTY)
        # A list of folders: quoted, so that a space at its edge or a quote inside stays part of the path.
        settings["unix_socket_directories"] = '"{}"'.format(str(self.sockets).replace('"', '""'))
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        place = ["-D", str(self.cluster), "-p", str(PORT)]
        return [*self.guise.prefix, str(self.bin / "postgres"), *place, *options]

    def _accepts(self) -> bool:
        # The eighth line is what pg_ctl waits for, too.
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _create(self) -> None:
        """Create the cluster beside its place and move it there: half a cluster is never taken for one."""
        draft = self.cluster.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # Everybody who reaches the socket is trusted: its folder is closed to others.
        access = ["--auth-local=trust", "--auth-host=reject", f"--username={NAME}"]
        self._run([self.bin / "initdb", "-D", draft, *locale, *access, *([] if self.durable else ["--no-sync"])])
        self._alone(draft, f"CREATE DATABASE {NAME};\nCREATE ROLE {APP} LOGIN;\n")
        (draft / _ROLES).touch()
        draft.rename(self.cluster)

    def _add_role(self) -> None:
        """Give a cluster of an older version the application's role."""
        if not (self.cluster / _ROLES).exists():
            self._alone(self.cluster, f"CREATE ROLE {APP} LOGIN;\n")
            (self.cluster / _ROLES).touch()

    def _alone(self, cluster: Path, statements: str) -> None:
        """Run statements in a server for ourselves alone, before anybody reaches it."""
        hasty = [] if self.durable else ["-F"]
        self._run([self.bin / "postgres", "--single", *hasty, "-D", cluster, "postgres"], statements)

    def _run(self, command: list[str | Path], text: str = "") -> None:
        with self.log.open("ab") as log:
            done = subprocess.run(  # nosec B603
                [*self.guise.prefix, *map(str, command)],
                input=text.encode(),
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                check=False,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL could not create its data folder.\n{tail(self.log)}")

    def _end_orphans(self) -> None:
        """End servers that outlived their postmaster, then drop its pid file.

        PostgreSQL would refuse to start for as long as any process, even a stranger's, has that number. The
        caller holds the lock of the data folder, so nobody else can be starting one here.
        """
        for sig in (0, signal.SIGQUIT, signal.SIGKILL):
            self.send_signal(sig)
            if wait_until(lambda: not self._inhabitants(), seconds=5):
                break
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def send_signal(self, number: int) -> None:
        """Send a signal to all of its processes, those that outlived their postmaster included."""
        for pid in self._inhabitants():
            with contextlib.suppress(ProcessLookupError):  # ended in this moment
                os.kill(pid, number)

    def _inhabitants(self) -> list[int]:
        return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if self._lives_here(entry)]

    def _lives_here(self, entry: Path) -> bool:
        try:
            return (entry / "comm").read_text() == "postgres\n" and (entry / "cwd").readlink() == self.cluster
        except OSError:
            return False

    def _own(self) -> None:
        """Hand the cluster to the user that the server runs as; only root can, and only root needs to."""
        owner = self.cluster.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise EmbeddedError(f"{self.cluster} belongs to another user. Choose another folder with --data.")
        self.cluster.chmod(0o700)  # a copy or a chmod -R opens it, and PostgreSQL then refuses
        if owner == self.guise.owner:
            return
        for folder, _, files in os.walk(self.cluster):
            for path in (folder, *(os.path.join(folder, file) for file in files)):
                os.chown(path, self.guise.owner, -1, follow_symlinks=False)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
