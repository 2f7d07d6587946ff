"""What was promised: ratios to the floor beside each operation, the way of a photo, the start."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.run import Run

# (what, scenario, at most so many times the floor's CPU)
RATIOS = (
    ("feed page", "feed-100", 1.15),
    ("feed page, in the end", "feed-100", 1.0),
    ("feed as JSON", "json", 0.8),
    ("profile", "profile", 0.9),
    ("post with comments", "post", 0.9),
    ("like", "like", 0.65),
    ("create a post", "create", 0.9),
    ("send a message", "send", 0.9),
    ("begin an upload", "presign", 0.6),
    ("feed of private accounts alone", "feed-private", 1.25),
)
P95 = 40.0  # ms, of the feed page
DECODE, PEAK = 0.35, 120.0  # CPU seconds and MB for 12 megapixels
START, IMPORT, STACK = 5.0, 0.6, 700.0  # seconds of the second `bin/run` and of `import wsgi`, MB of all that runs


@dataclass(frozen=True)
class Goal:
    """One promise: met if what was `found` is not above `most`."""

    what: str
    unit: str
    most: float
    found: float

    @property
    def verdict(self) -> str:
        """Say whether it is kept."""
        return "met" if self.found <= self.most else "missed"


def reached(run: Run) -> Iterator[Goal]:
    """Hold what was found against what was promised; what was not measured is left out."""
    cells = {one.key: one for one in run.cells if one.clients == run.asked.clients[-1]}
    for what, key, most in RATIOS:
        if key in cells and (ratio := cells[key].ratio):
            yield Goal(what, "× floor", most, ratio)
    if "feed-100" in cells:
        yield Goal("feed page, p95", "ms", P95, cells["feed-100"].p95)
    if run.uploads:
        yield Goal("12 megapixels into all variants", "CPU s", DECODE, run.uploads.cpu)
        yield Goal("the decoder's peak of memory", "MB", PEAK, run.uploads.peak)
    if run.start:
        yield Goal("the second `bin/run` to its first page", "s", START, run.start.second)
        yield Goal("`import wsgi`", "s", IMPORT, run.start.imports)
        yield Goal("memory of the whole stack", "MB", STACK, run.start.stack)
