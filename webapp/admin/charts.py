"""Charts of numbers by day: where bars, lines and words stand in a picture of 360 × 160 points.

A day without a measurement is a gap, never a zero.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from webapp.admin.figures import lately
from webapp.admin.shapes import AdminStats
from webapp.web.filters import size

WIDTH, HEIGHT = 360, 160
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 356, 10, 136
_GAP = 0.2  # of a bar's share of the width
Series = Sequence[tuple[date, float | None]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, and what it says."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word beside an axis."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: bars, or lines (each the `d` of a path), with the words at its axes. `said`: it in a sentence."""

    title: str
    said: str
    bars: list[Bar]
    lines: list[str]
    levels: list[Mark]
    days: list[Mark]


def bars(title: str, series: Series, say: Callable[[float], str]) -> Chart:
    """Draw a number of each day as bars."""
    top = _top([value for _, value in series if value is not None])
    share = (_RIGHT - _LEFT) / max(1, len(series))
    drawn = [
        Bar(
            round(_LEFT + share * (number + _GAP / 2), 1), round(_height(value, top), 1),
            round(share * (1 - _GAP), 1), round(_BOTTOM - _height(value, top), 1), f"{day:%-d %B}: {say(value)}",
        )
        for number, (day, value) in enumerate(series) if value is not None
    ]  # fmt: skip
    return Chart(title, _said(series, say), drawn, [], _levels(top, say) if drawn else [], _days(series))


def lines(title: str, several: Sequence[Series], say: Callable[[float], str]) -> Chart:
    """Draw numbers of each day as lines, the first one full, the others broken."""
    top = _top([value for series in several for _, value in series if value is not None])
    drawn = [_path(series, top) for series in several]
    levels = _levels(top, say) if any(drawn) else []
    return Chart(title, _said(several[0], say), [], drawn, levels, _days(several[0]))


def _top(values: Sequence[float]) -> float:
    """Return a round number that is not below any of these."""
    most = max(values, default=0)
    if most <= 0:
        return 1
    size = 10 ** math.floor(math.log10(most))
    return next(step * size for step in (1, 2, 4, 5, 10) if step * size >= most)


def _height(value: float, top: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * value / top


def _path(series: Series, top: float) -> str:
    share = (_RIGHT - _LEFT) / max(1, len(series))
    steps, before = [], None
    for number, (_, value) in enumerate(series):
        x = _LEFT + share * (number + 0.5)
        if value is not None:
            # a day alone is a line of no length, which round ends make a dot
            steps.append(f"{'L' if before is not None else 'M'}{x:.1f} {_height(value, top):.1f}")
            steps += ["h0"] if before is None else []
        before = value
    return "".join(steps)


def _levels(top: float, say: Callable[[float], str]) -> list[Mark]:
    return [Mark(round(_height(value, top), 1), say(value)) for value in (0, top / 2, top)]


def _days(series: Series) -> list[Mark]:
    share = (_RIGHT - _LEFT) / max(1, len(series))
    chosen = sorted({0, len(series) // 2, len(series) - 1})
    return [Mark(round(_LEFT + share * (number + 0.5), 1), f"{series[number][0]:%-d %b}") for number in chosen]


def _said(series: Series, say: Callable[[float], str]) -> str:
    known = [(value, day) for day, value in series if value is not None]
    if not known:
        return "Nothing was measured yet."
    most, day = max(known)
    return f"The most was {say(most)} on {day:%-d %B}; the last day shows {say(known[-1][0])}."


def count(value: float) -> str:
    """Say a number of things."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def seconds(value: float) -> str:
    """Say how long: 1.2 s."""
    return f"{value:.0f} s" if value >= 10 or value == int(value) else f"{value:.1f} s"


def all_of(stats: AdminStats) -> list[Chart]:
    """Draw what the page of figures shows."""
    days = stats.days
    times = [lately(days, "processing_p50"), lately(days, "processing_p95")]
    return [
        bars("New people", lately(days, "registrations"), count),
        bars("People who were here", lately(days, "active"), count),
        bars("Posts", lately(days, "posts"), count),
        bars("Comments", lately(days, "comments"), count),
        bars("Messages", lately(days, "messages"), count),
        lines("Photos in storage", [lately(days, "storage_bytes")], size),
        lines("Seconds until a photo is ready: half of them, and 95 of 100 (broken line)", times, seconds),
        bars("Jobs that waited or ran, at the most", lately(days, "queue_most"), count),
    ]
