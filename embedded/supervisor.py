"""Watch over children: start them again when they die, stop them in order."""

import sys
import time
from dataclasses import dataclass

from embedded.process import EmbeddedError, Process

FIRST_DELAY, LONGEST_DELAY = 1.0, 30.0  # seconds before a child that died is started again
SETTLED = 60.0  # seconds after which a child counts as well
BEAT = 0.25


def say(text: str = "") -> None:
    """Write a line to the person, who may have closed the terminal."""
    try:
        print(text, flush=True)
    except OSError:
        # What is left in the buffer would fail again, loudly, at exit.
        sys.stdout = None


def clock() -> str:
    """Give the time of day for a line on the screen."""
    return time.strftime("%H:%M:%S")


@dataclass
class Watched:
    """A child with its history."""

    process: Process
    delay: float = FIRST_DELAY
    began: float = 0.0
    due: float | None = None  # when it is started again; None while it lives


class Supervisor:
    """Children in the order of their start."""

    def __init__(self) -> None:
        self.watched: list[Watched] = []

    def adopt(self, process: Process) -> None:
        """Watch over a child that runs."""
        self.watched.append(Watched(process, began=time.monotonic()))

    def watch(self) -> None:
        """Look after the children until a signal raises."""
        while True:
            self.look()
            time.sleep(BEAT)

    def look(self) -> None:
        """Look after each child once."""
        for one in self.watched:
            self._look(one)

    def stop(self, processes: list[Process]) -> None:
        """Stop these children, in this order, and watch them no longer."""
        self.watched = [one for one in self.watched if one.process not in processes]
        for process in processes:
            process.stop()

    def _look(self, one: Watched) -> None:
        now = time.monotonic()
        if one.due is None and not one.process.running:
            self._plan(one, now)
        elif one.due is not None and now >= one.due:
            self._revive(one, now)

    def _plan(self, one: Watched, now: float) -> None:
        if now - one.began > SETTLED:
            one.delay = FIRST_DELAY
        one.due = now + one.delay
        say(f"{clock()}  {one.process.name} stopped; again in {one.delay:.0f} s. Log: {one.process.log}")
        one.delay = min(one.delay * 2, LONGEST_DELAY)

    def _revive(self, one: Watched, now: float) -> None:
        # What the dead one left of its group would hold its port or its jobs.
        one.process.stop()
        one.began, one.due = now, None
        try:
            one.process.launch()
        except (EmbeddedError, OSError) as error:
            say(f"{clock()}  {one.process.name} cannot be started: {error}")
