"""What goes out about the graph; people have the shapes of `users`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Admitted:
    """How many people follow one now who had asked to."""

    accepted: int
