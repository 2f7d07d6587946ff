"""Small disks, so that they are soon full. Mounting needs a right that `bin/test --faults` sees to."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small(folder: Path, size: str, **options: object) -> Iterator[Path]:
    """Put a disk in memory of this size (`16k`, `200m`) in place of an empty folder."""
    named = ",".join([f"size={size}", *(f"{name}={value}" for name, value in options.items())])
    subprocess.run(["mount", "-t", "tmpfs", "-o", named, "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
