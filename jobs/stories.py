"""Stories: remove those that are over."""

import time
import uuid
from functools import partial

import jobs
from webapp.core import log
from webapp.stories import actions

_SECONDS = 15


def sweep() -> int:
    """Remove stories that nobody will see again, for some seconds: the next call goes on. Returns how many.

    Each goes in a transaction of its own, and its objects by a job of its own: one that can't be removed holds none up.
    """
    until, removed = time.monotonic() + _SECONDS, 0
    tried: set[uuid.UUID] = set()
    while time.monotonic() < until and (found := jobs.now(partial(actions.due, tried))):
        for media_id in found:
            tried.add(media_id)
            removed += _removed(media_id)
    return removed


def _removed(media_id: uuid.UUID) -> bool:
    try:
        return bool(jobs.now(partial(actions.remove, media_id)))
    except Exception as error:  # whatever it is about this one: the others go, and the next call tries it again
        log.get().warning("story not removed", media_id=str(media_id), error=str(error))
        return False
