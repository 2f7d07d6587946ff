"""A few things that people of the demo reported, so that the queue has something to decide."""

import jobs
from webapp.comments import queries as comments
from webapp.core.page import Ask
from webapp.moderation import actions
from webapp.moderation.schemas import NewReport
from webapp.posts import queries as posts
from webapp.visibility import Viewer

# By whom (a place among the people), about what, why, and in which words.
_FILED = (
    (3, "post", "copyright", "I think I know this photo from a calendar. Could somebody ask?"),
    (5, "post", "copyright", ""),
    (4, "comment", "harassment", "Not nice, and not the first time."),
    (6, "user", "spam", "Comments the same under everything."),
)


def file(people: dict[int, Viewer]) -> None:
    """Let people report a post (two of them), a comment and a person."""
    jobs.now(lambda: [_report(people[who], *said) for who, *said in _FILED if who in people])


def _report(viewer: Viewer, kind: str, reason: str, note: str) -> None:
    shown = [post for post in posts.public(viewer, Ask(limit=40)).items if post.author.id != viewer.id]
    talked = [post for post in shown if post.counts.comments]
    if kind == "comment":
        said = [one for post in talked for one in comments.thread(viewer, post.id, Ask()).items]
        found = next((one.id for one in said if one.author.id != viewer.id), None)
    else:
        chosen = shown[4] if len(shown) > 4 else None
        found = chosen and (chosen.id if kind == "post" else shown[-1].author.id)
    if found is not None:
        asked = {"target_type": kind, "target_id": str(found), "reason": reason, "note": note}
        actions.report(viewer, NewReport.model_validate(asked))
