"""Which pages a read replica may answer, and whom a write concerns. Without a replica nothing of this is asked."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import g, request

from webapp.core import db, metrics, replica
from webapp.web.viewer import viewer

View = TypeVar("View", bound=Callable[..., Any])

# What is written here adds something. Whoever wrote it sees it at once; that others see it a moment later harms nobody.
# All other writes, which may hide something from somebody, count for everybody at once (ADR 14).
_ADDING = frozenset(
    {"likes", "saves", "reposts", "comments", "messages", "follows", "uploads", "posts", "stories", "reports"}
)


def may_lag(view: View) -> View:
    """Let a replica answer this view, if it has replayed what the viewer wrote."""
    view.may_lag = True  # type: ignore[attr-defined]
    return view


def theirs_alone(view: View) -> View:
    """Say that what this view writes is of interest to nobody but its writer."""
    view.theirs_alone = True  # type: ignore[attr-defined]
    return view


def answered(dispatch: Callable[[], Any]) -> Any:
    """Run the view over the replica if that may be, else over the primary.

    Whatever goes wrong over the replica is not told: the primary is asked again, what a replica does not find included.
    """
    there = replica.here()
    if there is None or not _wanted():
        return dispatch()
    verdict = there.verdict(viewer().id)
    if verdict == "replica":
        try:
            with replica.reading(there):
                return _counted(dispatch(), "replica")
        except Exception as error:
            if db.lost(error) and not _conflict(error):
                there.leave(error)
            verdict = "again"
    return _counted(dispatch(), verdict)


def _wanted() -> bool:
    """Tell whether this view may lag and it is settled who asks: a token that was refused is asked about again."""
    return request.method in ("GET", "HEAD") and getattr(g.view, "may_lag", False) and "_login_user" in g


def _counted(answer: Any, verdict: str) -> Any:
    metrics.replica_reads.labels(verdict).inc()
    return answer


def _conflict(error: BaseException) -> bool:
    """Tell whether only this read was ended: by its time, or because a change of the primary's came in its way."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in ("57014", "40001", "40P01")


def claim() -> None:
    """Say of the open unit whom it concerns, before it is committed."""
    if replica.here() is None:
        return
    adds = getattr(g.view, "bucket", None) in _ADDING and request.method == "POST"
    if adds or getattr(g.view, "theirs_alone", False):
        g.unit.concerns = str(viewer().id)
