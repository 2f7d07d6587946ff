"""What a start costs: importing the application, `bin/run` the second time, and the memory of all that then runs."""

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.processes import family, share
from bench.site import Site
from embedded import paths
from embedded.process import Process, shows

_TIMES = 3
_SETTLE = 5.0  # seconds after the first page, in which worker and cron come up; less if a cell is shorter


@dataclass(frozen=True)
class Found:
    """Seconds: of `import wsgi`, of the first and the second `bin/run` to the first page; MB of each part (PSS)."""

    imports: float
    first: float
    second: float
    memory: dict[str, float]

    @property
    def stack(self) -> float:
        """MB of all parts."""
        return sum(self.memory.values())


def measure(site: Site, seconds: float) -> Found:
    """Import the application, and run a whole new site twice in a folder of its own; let it settle, or `seconds`."""
    taken = [_imported(site) for _ in range(_TIMES)]
    folder = site.data / "start"
    shutil.rmtree(folder, ignore_errors=True)
    first, _ = _run(site, folder, 0)
    second, memory = _run(site, folder, min(_SETTLE, seconds))
    shutil.rmtree(folder)
    return Found(min(taken), first, second, memory)


def _imported(site: Site) -> float:
    code = "import time; at = time.perf_counter(); import wsgi; print(time.perf_counter() - at)"
    command = [sys.executable, "-P", "-c", code]
    return float(subprocess.check_output(command, env=site.env, cwd=paths.PROJECT))  # noqa: S603 (ours)


def _run(site: Site, folder: Path, settle: float) -> tuple[float, dict[str, float]]:
    """Run `bin/run` until it shows its first page; returns the seconds, and the memory of its parts."""
    port = site.address("start")[1]
    command = [str(paths.PROJECT / "bin" / "run"), "--port", str(port), "--data", str(folder)]
    plain = {name: site.env[name] for name in ("PATH", "HOME", "LANG") if name in site.env}
    first_page = partial(shows, "127.0.0.1", port, "/", timeout=10)
    process = Process("start", command, site.data, ready=first_page, env=plain, patience=30)
    began = time.perf_counter()
    try:
        process.start()
        taken = time.perf_counter() - began
        time.sleep(settle)
        return taken, _parts(process, folder)
    finally:
        process.stop()


def _parts(process: Process, folder: Path) -> dict[str, float]:
    """Return the memory of each part, by the notes that they leave, and of what holds them together."""
    assert process.child is not None
    found = {"bin/run": share(process.child.pid)}
    for note in sorted((folder / "run").glob("*.pid")):
        found[note.stem] = sum(map(share, family(int(note.read_text().split()[0]))))
    return found
