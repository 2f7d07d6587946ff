"""The project speaks of itself alone."""

import re
import subprocess

from tests.house.source import ROOT

PLACES = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/")


def test_no_path_of_a_machine_is_written_down():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    kinds = (".py", ".md", ".html", ".css", ".js", ".toml", ".in", ".txt", ".yml", ".json")
    wrong = [
        name
        for name in listed
        if name.endswith(kinds) and not name.startswith(("tests/house/", "tests/embedded/", "static/vendor/"))
        if (ROOT / name).exists() and PLACES.search((ROOT / name).read_text(errors="ignore"))
    ]
    assert not wrong, wrong
