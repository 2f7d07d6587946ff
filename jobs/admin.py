"""Figures by the clock."""

import jobs
from webapp.admin import figures


def measure() -> None:
    """Write down what is so today and could not be known later."""
    jobs.now(figures.measure)
