"""Reports, moderation and appeals over JSON."""

from apiflask import APIBlueprint
from flask import Response
from flask_login import login_required

from webapp.moderation import actions, appeals, queries, shapes
from webapp.moderation.schemas import (
    AppealsAsk,
    Assignment,
    BulkResolution,
    Decision,
    DecisionReason,
    NewAppeal,
    NewCaseNote,
    NewReport,
    QueueAsk,
    Resolution,
    SensitiveReason,
    SuspendReason,
    UndoReason,
)
from webapp.web import forms, json, limits, staff
from webapp.web import viewer as way_in
from webapp.web.openapi import describe
from webapp.web.viewer import viewer

bp = APIBlueprint("moderation_api", __name__, tag="reports and moderation")


@bp.post("/reports")
@login_required
@limits.on("reports")
@describe(shapes.Report, status=201, body=NewReport)
def report() -> Response:
    """Report a person, a post, a comment, a story or a message; once while the report is open."""
    return json.answer(actions.report(viewer(), forms.read(NewReport)), 201)


@bp.get("/me/reports")
@login_required
@describe(shapes.Report, many=True)
def own_reports() -> Response:
    """List what one reported, and whether something was done."""
    return json.listing(queries.own_reports(viewer(), forms.ask()))


@bp.get("/me/moderation")
@way_in.open_to_hidden
@login_required
@describe(shapes.OwnAction, many=True)
def own_decisions() -> Response:
    """List what moderators did to oneself and to what one made."""
    return json.listing(appeals.own(viewer(), forms.ask()))


@bp.post("/appeals")
@way_in.open_to_hidden
@login_required
@describe(shapes.Appeal, status=201, body=NewAppeal)
def appeal() -> Response:
    """Ask to look at a decision again: the newest that stands, unless another is named."""
    return json.answer(actions.appeal(viewer(), forms.read(NewAppeal)), 201)


@bp.get("/moderation/queue")
@staff.only("moderator")
@describe(shapes.Case, many=True, query=QueueAsk)
def queue() -> Response:
    """List cases: open ones the longest waiting first, closed ones the last first."""
    return json.listing(queries.queue(viewer(), forms.query(QueueAsk)))


@bp.get("/moderation/reports/<report_id>")
@staff.only("moderator")
@describe(shapes.CaseDetail)
def case(report_id: str) -> Response:
    """Show a case, by its own id or that of one of its reports, with all that is needed to decide it."""
    return json.answer(queries.case(viewer(), queries.case_id(viewer(), report_id)))


@bp.post("/moderation/reports/<report_id>/resolve")
@staff.only("moderator")
@describe(shapes.CaseDetail, body=Resolution)
def resolve(report_id: str) -> Response:
    """Decide a case. 409 if somebody else was quicker."""
    return json.answer(actions.resolve(viewer(), report_id, forms.read(Resolution)))


@bp.post("/moderation/reports/<report_id>/assign")
@staff.only("moderator")
@describe(shapes.CaseDetail, body=Assignment)
def assign(report_id: str) -> Response:
    """Take care of a case, or let somebody else; null lets it go."""
    return json.answer(actions.assign(viewer(), report_id, forms.read(Assignment)))


@bp.post("/moderation/reports/<report_id>/notes")
@staff.only("moderator")
@describe(shapes.CaseDetail, status=201, body=NewCaseNote)
def note(report_id: str) -> Response:
    """Write a note for the other moderators."""
    return json.answer(actions.note(viewer(), report_id, forms.read(NewCaseNote)), 201)


@bp.post("/moderation/reports/bulk")
@staff.only("moderator")
@describe(shapes.BulkOutcomes, body=BulkResolution)
def resolve_many() -> Response:
    """Decide several cases alike; each answers for itself."""
    return json.answer(actions.resolve_many(viewer(), forms.read(BulkResolution)))


@bp.post("/moderation/posts/<target_id>/takedown", defaults={"kind": "post"})
@bp.post("/moderation/comments/<target_id>/takedown", defaults={"kind": "comment"})
@bp.post("/moderation/stories/<target_id>/takedown", defaults={"kind": "story"})
@staff.only("moderator")
@describe(shapes.Action, body=DecisionReason)
def take_down(target_id: str, kind: str) -> Response:
    """Take something from everybody but its author."""
    return json.answer(actions.act(viewer(), "takedown", kind, target_id, forms.read(DecisionReason)))


@bp.post("/moderation/posts/<target_id>/restore", defaults={"kind": "post"})
@bp.post("/moderation/comments/<target_id>/restore", defaults={"kind": "comment"})
@bp.post("/moderation/stories/<target_id>/restore", defaults={"kind": "story"})
@staff.only("moderator")
@describe(shapes.Action, body=DecisionReason)
def restore(target_id: str, kind: str) -> Response:
    """Bring something back that was taken down."""
    return json.answer(actions.act(viewer(), "restore", kind, target_id, forms.read(DecisionReason)))


@bp.post("/moderation/posts/<target_id>/sensitive", defaults={"kind": "post"})
@bp.post("/moderation/stories/<target_id>/sensitive", defaults={"kind": "story"})
@staff.only("moderator")
@describe(shapes.Action, body=SensitiveReason)
def cover(target_id: str, kind: str) -> Response:
    """Cover photos until somebody asks to see them, or no longer."""
    return json.answer(actions.act(viewer(), "sensitive", kind, target_id, forms.read(SensitiveReason)))


@bp.post("/moderation/users/<username>/flag")
@staff.only("moderator")
@describe(shapes.CaseDetail, body=DecisionReason)
def flag(username: str) -> Response:
    """Put a person into the queue."""
    return json.answer(actions.flag(viewer(), username, forms.read(DecisionReason).reason))


@bp.post("/moderation/users/<username>/warn")
@staff.only("moderator")
@describe(shapes.Action, body=DecisionReason)
def warn(username: str) -> Response:
    """Warn a person."""
    return json.answer(actions.act(viewer(), "warn", "user", username, forms.read(DecisionReason)))


@bp.post("/moderation/users/<username>/suspend")
@staff.only("moderator")
@describe(shapes.Action, body=SuspendReason)
def suspend(username: str) -> Response:
    """Suspend an account, until a time or without an end."""
    return json.answer(actions.act(viewer(), "suspend", "user", username, forms.read(SuspendReason)))


@bp.post("/moderation/users/<username>/unsuspend")
@staff.only("moderator")
@describe(shapes.Action, body=DecisionReason)
def unsuspend(username: str) -> Response:
    """End a suspension."""
    return json.answer(actions.act(viewer(), "unsuspend", "user", username, forms.read(DecisionReason)))


@bp.post("/moderation/users/<username>/shadowban")
@staff.only("moderator")
@describe(shapes.Action, body=DecisionReason)
def shadowban(username: str) -> Response:
    """Shadowban a person: they exist for nobody else, and are not told."""
    return json.answer(actions.act(viewer(), "shadowban", "user", username, forms.read(DecisionReason)))


@bp.post("/moderation/users/<username>/unshadowban")
@staff.only("moderator")
@describe(shapes.Action, body=DecisionReason)
def unshadowban(username: str) -> Response:
    """End a shadowban."""
    return json.answer(actions.act(viewer(), "unshadowban", "user", username, forms.read(DecisionReason)))


@bp.post("/moderation/actions/<action_id>/undo")
@staff.only("moderator")
@describe(shapes.Action, body=UndoReason)
def undo(action_id: str) -> Response:
    """Take back what was done."""
    return json.answer(actions.undo(viewer(), action_id, forms.read(UndoReason).reason))


@bp.get("/moderation/appeals")
@staff.only("moderator")
@describe(shapes.AppealCase, many=True, query=AppealsAsk)
def listed_appeals() -> Response:
    """List appeals."""
    return json.listing(appeals.listed(viewer(), forms.query(AppealsAsk)))


@bp.get("/moderation/appeals/<appeal_id>")
@staff.only("moderator")
@describe(shapes.AppealCase)
def shown_appeal(appeal_id: str) -> Response:
    """Show an appeal."""
    return json.answer(appeals.get(viewer(), appeal_id))


@bp.post("/moderation/appeals/<appeal_id>")
@staff.only("moderator")
@describe(shapes.AppealCase, body=Decision)
def decide(appeal_id: str) -> Response:
    """Answer an appeal; whoever took the decision may not."""
    return json.answer(actions.decide(viewer(), appeal_id, forms.read(Decision)))
