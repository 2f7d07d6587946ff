"""Reporting, one's own reports and decisions about oneself; the queue, its cases and appeals, for staff."""

from typing import Any

from flask import Blueprint
from flask_login import login_required

from webapp.moderation import actions, appeals, queries, targets
from webapp.moderation.schemas import (
    AppealsAsk,
    Assignment,
    BulkResolution,
    Decision,
    DirectAct,
    NewAppeal,
    NewCaseNote,
    NewReport,
    QueueAsk,
    Resolution,
    UndoReason,
)
from webapp.web import forms, htmx, limits, staff
from webapp.web import viewer as way_in
from webapp.web.viewer import viewer

bp = Blueprint("moderation", __name__)


@bp.get("/report/<target_type>/<target_id>")
@login_required
def choose_reason(target_type: str, target_id: str, form: Any = None, errors: Any = None) -> Any:
    """Ask what is wrong with something."""
    found = targets.reportable(viewer(), target_type, target_id)
    return htmx.page("moderation/report.html", target=found, form=form or {}, errors=errors or {})


@bp.post("/report/<target_type>/<target_id>")
@login_required
@limits.on("reports")
@forms.redisplay(choose_reason)
def report(target_type: str, target_id: str) -> Any:
    """Report something."""
    found = targets.reportable(viewer(), target_type, target_id)
    actions.report(viewer(), forms.read(NewReport, target_type=found.type, target_id=str(found.id)))
    return htmx.go(f"/report/{found.type}/{found.id}/thanks")


@bp.get("/report/<target_type>/<target_id>/thanks")
@login_required
def thanks(target_type: str, target_id: str) -> Any:
    """Say what happens now, and offer to see no more of the person."""
    found = targets.reportable(viewer(), target_type, target_id)
    return htmx.page("moderation/thanks.html", target=found)


@bp.get("/reports")
@login_required
def own_reports() -> Any:
    """Show what one reported, and whether something was done."""
    page = queries.own_reports(viewer(), forms.ask())
    return htmx.listing("moderation/reports.html", "moderation/_reports.html", page, "reports")


@bp.get("/appeal")
@way_in.open_to_hidden
@login_required
def own_decisions(form: Any = None, errors: Any = None) -> Any:
    """Show what moderators did to oneself, and the way to ask again."""
    page = appeals.own(viewer(), forms.ask())
    return htmx.listing(
        "moderation/appeal.html", "moderation/_decisions.html", page, "decisions", form=form or {}, errors=errors or {}
    )


@bp.post("/appeal")
@way_in.open_to_hidden
@login_required
@forms.redisplay(own_decisions)
def appeal() -> Any:
    """Ask to look at a decision again."""
    actions.appeal(viewer(), forms.read(NewAppeal))
    htmx.toast("Somebody else of the team looks at it again. You will be told.")
    return htmx.go("/appeal")


@bp.get("/admin/queue")
@staff.only("moderator")
def queue(form: Any = None, errors: Any = None) -> Any:
    """Show what waits for moderators."""
    asked = forms.query(QueueAsk)
    page = queries.queue(viewer(), asked)
    return htmx.listing(
        "moderation/queue.html", "moderation/_cases.html", page, "cases", "", asked=asked, form=form or {},
        errors=errors or {},
    )  # fmt: skip


@bp.post("/admin/queue")
@staff.only("moderator")
@forms.redisplay(queue)
def resolve_many() -> Any:
    """Decide the ticked cases alike."""
    done = actions.resolve_many(viewer(), forms.read(BulkResolution)).items
    failed = [one for one in done if one.status != 200]
    htmx.toast(f"Decided: {len(done) - len(failed)}.")
    for one in failed[:3]:
        htmx.toast(one.detail, kind="error")
    return htmx.go(htmx.came_from("/admin/queue"))


@bp.get("/admin/queue/<report_id>")
@staff.only("moderator")
def case(report_id: str, form: Any = None, errors: Any = None) -> Any:
    """Show one case with all that is needed to decide it."""
    found = queries.case(viewer(), queries.case_id(viewer(), report_id))
    return htmx.page("moderation/case.html", case=found, form=form or {}, errors=errors or {})


@bp.post("/admin/queue/<report_id>/resolve")
@staff.only("moderator")
@forms.redisplay(case)
def resolve(report_id: str) -> Any:
    """Decide a case, with a way back."""
    done = actions.resolve(viewer(), report_id, forms.read(Resolution))
    made = next((one for one in done.actions + done.history if one.kind == done.outcome and not one.undone_at), None)
    undo = f"/admin/actions/{made.id}/undo" if made else ""
    htmx.toast("The case is closed.", undo=undo)
    return htmx.go("/admin/queue")


@bp.post("/admin/queue/<report_id>/assign")
@staff.only("moderator")
@forms.redisplay(case)
def assign(report_id: str) -> Any:
    """Take care of a case, or let it go."""
    done = actions.assign(viewer(), report_id, forms.read(Assignment))
    htmx.toast(f"@{done.assignee.username} takes care of it." if done.assignee else "Nobody takes care of it now.")
    return htmx.go(f"/admin/queue/{done.id}")


@bp.post("/admin/queue/<report_id>/notes")
@staff.only("moderator")
@forms.redisplay(case)
def note(report_id: str) -> Any:
    """Write a note for the other moderators."""
    done = actions.note(viewer(), report_id, forms.read(NewCaseNote))
    return htmx.go(f"/admin/queue/{done.id}#notes")


@bp.post("/admin/act/<target_type>/<target_id>")
@staff.only("moderator")
def act(target_type: str, target_id: str) -> Any:
    """Do something to a thing or a person without a case, with a way back."""
    asked = forms.read(DirectAct)
    kind = targets.known_kind(target_type)
    if asked.action == "flag":
        found = actions.flag(viewer(), target_id, asked.reason)
        return htmx.go(f"/admin/queue/{found.id}")
    done = actions.act(viewer(), asked.action, kind, target_id, asked)
    htmx.toast("Done.", undo=f"/admin/actions/{done.id}/undo")
    return htmx.go(htmx.came_from("/admin/queue"))


@bp.post("/admin/actions/<action_id>/undo")
@staff.only("moderator")
def undo(action_id: str) -> Any:
    """Take back what was done."""
    actions.undo(viewer(), action_id, forms.read(UndoReason).reason)
    htmx.toast("Taken back.")
    return htmx.go(htmx.came_from("/admin/queue"))


@bp.get("/admin/appeals")
@staff.only("moderator")
def listed_appeals() -> Any:
    """Show appeals."""
    asked = forms.query(AppealsAsk)
    page = appeals.listed(viewer(), asked)
    return htmx.listing("moderation/appeals.html", "moderation/_appeals.html", page, "appeals", which=asked.status)


@bp.get("/admin/appeals/<appeal_id>")
@staff.only("moderator")
def shown_appeal(appeal_id: str, form: Any = None, errors: Any = None) -> Any:
    """Show an appeal."""
    found = appeals.get(viewer(), appeal_id)
    return htmx.page("moderation/decide.html", appeal=found, form=form or {}, errors=errors or {})


@bp.post("/admin/appeals/<appeal_id>")
@staff.only("moderator")
@forms.redisplay(shown_appeal)
def decide(appeal_id: str) -> Any:
    """Answer an appeal."""
    done = actions.decide(viewer(), appeal_id, forms.read(Decision))
    htmx.toast("The decision was taken back." if done.status == "accepted" else "The decision stays.")
    return htmx.go("/admin/appeals")
