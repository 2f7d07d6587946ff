"""How long tests with made-up input go on: FUZZ=20 makes twenty times as many tries as `bin/test` does by itself."""

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = max(1, int(os.environ.get("FUZZ", "1")))


def tries(number: int) -> settings:
    """Return settings for so many tries. The same ones each time, unless there is time for others."""
    return settings(
        max_examples=number * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
