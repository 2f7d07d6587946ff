"""Running the site over JSON."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app

from webapp.admin import actions, announcements, figures, queries, record, shapes, work
from webapp.admin.schemas import (
    ChosenJobs,
    JobsFilter,
    NewAnnouncement,
    PeopleFilter,
    PostsFilter,
    RecordFilter,
    Rejection,
    Removal,
    RoleChange,
    Span,
)
from webapp.core import page
from webapp.core.page import Ask
from webapp.web import forms, json, staff
from webapp.web.forms import Listing
from webapp.web.openapi import describe
from webapp.web.paths import identities, identity
from webapp.web.viewer import open_to_hidden, viewer

bp = APIBlueprint("admin_api", __name__, tag="admin")


def _ask(asked: Listing) -> Ask:
    return Ask(asked.limit, asked.cursor)


@bp.get("/admin/users")
@staff.only("admin")
@describe(shapes.AdminUser, many=True, query=PeopleFilter)
def people() -> Response:
    """List people, who joined last first, in whatever state their accounts are."""
    asked = forms.query(PeopleFilter)
    return json.listing(queries.people(viewer(), asked, _ask(asked)))


@bp.get("/admin/users/<username>")
@staff.only("admin")
@describe(shapes.AdminPerson)
def person(username: str) -> Response:
    """Show a person with their sign-ins, sanctions and cases."""
    return json.answer(queries.person(viewer(), username))


@bp.patch("/admin/users/<username>")
@staff.only("admin")
@describe(shapes.AdminPerson, body=RoleChange)
def change_role(username: str) -> Response:
    """Give somebody another role."""
    return json.answer(actions.change_role(viewer(), username, forms.read(RoleChange)))


@bp.delete("/admin/users/<username>")
@staff.only("admin")
@describe(status=204, body=Removal)
def delete_user(username: str) -> Response:
    """Have an account deleted: hidden at once, erased in 30 days unless that is undone."""
    actions.delete_user(viewer(), username, forms.read(Removal))
    return json.nothing()


@bp.delete("/admin/users/<username>/sessions")
@staff.only("admin")
@describe(status=204)
def end_sessions(username: str) -> Response:
    """Sign somebody out everywhere; their programs, too."""
    actions.end_sessions(viewer(), username)
    return json.nothing()


@bp.delete("/admin/users/<username>/sessions/<session_id>")
@staff.only("admin")
@describe(status=204)
def end_session(username: str, session_id: str) -> Response:
    """End one of somebody's sign-ins."""
    actions.end_sessions(viewer(), username, only=identity(session_id))
    return json.nothing()


@bp.get("/admin/posts")
@staff.only("admin")
@describe(shapes.AdminPost, many=True, query=PostsFilter)
def posts() -> Response:
    """List posts in whatever state, the newest first."""
    asked = forms.query(PostsFilter)
    return json.listing(queries.all_posts(viewer(), asked, _ask(asked)))


@bp.delete("/admin/posts/<post_id>")
@staff.only("admin")
@describe(status=204, body=Removal)
def remove_post(post_id: str) -> Response:
    """Take a post down: its author alone sees it, with the reason. It can be undone."""
    actions.remove_post(viewer(), identity(post_id), forms.read(Removal))
    return json.nothing()


@bp.get("/moderation/audit")
@staff.only("moderator")
@describe(shapes.AuditItem, many=True, query=RecordFilter)
def audit() -> Response:
    """Read the record of what was done in the name of the site, the latest first. Nobody can change it."""
    asked = forms.query(RecordFilter)
    return json.listing(record.entries_of(viewer(), asked, _ask(asked)))


@bp.get("/moderation/audit.csv")
@staff.only("moderator")
@describe(str, query=RecordFilter, kind="text/csv")
def audit_file() -> Response:
    """Take the record along as CSV, as much as the same filters leave. `limit` and `cursor` do not count here."""
    make: Any = current_app.session_factory  # type: ignore[attr-defined]
    held = {"Content-Disposition": 'attachment; filename="record.csv"', "Cache-Control": "private, no-store"}
    return Response(record.file(viewer(), forms.query(RecordFilter), make), mimetype="text/csv", headers=held)


@bp.get("/admin/stats")
@staff.only("admin")
@describe(shapes.AdminStats, query=Span)
def stats() -> Response:
    """Tell how the site does: by day, in all, and what waits."""
    return json.answer(figures.stats(forms.query(Span).days))


@bp.get("/admin/jobs")
@staff.only("admin")
@describe(shapes.JobsReport, query=JobsFilter)
def jobs() -> Response:
    """Tell how deep the queue is and who works on it, with a page of the jobs in one state."""
    asked = forms.query(JobsFilter)
    return json.answer(work.report(asked.status, _ask(asked)))


@bp.get("/admin/jobs/<job_id>")
@staff.only("admin")
@describe(shapes.AdminJob)
def job(job_id: str) -> Response:
    """Show a job, and where it failed."""
    return json.answer(work.job(identity(job_id)))


@bp.post("/admin/jobs/<job_id>/retry")
@staff.only("admin")
@describe(shapes.AdminJob)
def retry_job(job_id: str) -> Response:
    """Retry a failed job."""
    return json.answer(actions.retry_job(viewer(), identity(job_id)))


@bp.post("/admin/jobs/retry")
@staff.only("admin")
@describe(shapes.Retried, body=ChosenJobs)
def retry_jobs() -> Response:
    """Retry several failed jobs."""
    chosen = identities(forms.read(ChosenJobs).job)
    return json.answer(shapes.Retried(actions.retry_jobs(viewer(), chosen)))


@bp.delete("/admin/jobs/<job_id>")
@staff.only("admin")
@describe(status=204)
def discard_job(job_id: str) -> Response:
    """Throw a job away that failed or waits."""
    actions.discard_job(viewer(), identity(job_id))
    return json.nothing()


@bp.post("/admin/clock/<name>/run")
@staff.only("admin")
@describe(status=202)
def run_now(name: str) -> Response:
    """Let what happens by the clock happen now, too: it goes on the queue."""
    actions.run_now(viewer(), name)
    return json.accepted()


@bp.get("/admin/announcements")
@staff.only("admin")
@describe(shapes.AdminAnnouncement, many=True)
def announced() -> Response:
    """List all announcements, the newest first."""
    return json.listing(announcements.listed(forms.ask()))


@bp.post("/admin/announcements")
@staff.only("admin")
@describe(shapes.AdminAnnouncement, status=201, body=NewAnnouncement)
def announce() -> Response:
    """Tell everybody something, from one moment to another."""
    return json.answer(actions.announce(viewer(), forms.read(NewAnnouncement)), 201)


@bp.delete("/admin/announcements/<announcement_id>")
@staff.only("admin")
@describe(status=204)
def withdraw_announcement(announcement_id: str) -> Response:
    """Take an announcement away."""
    actions.withdraw_announcement(viewer(), identity(announcement_id))
    return json.nothing()


@bp.get("/announcements")
@open_to_hidden
@describe(shapes.Announcement, many=True)
def running() -> Response:
    """List what everybody is told now."""
    return json.listing(page.whole(announcements.running(), forms.ask(), "announcements"))


@bp.post("/admin/registrations/<user_id>/approve")
@staff.only("admin")
@describe(status=204)
def approve(user_id: str) -> Response:
    """Let somebody in."""
    actions.approve_registration(viewer(), identity(user_id))
    return json.nothing()


@bp.post("/admin/registrations/<user_id>/reject")
@staff.only("admin")
@describe(status=204, body=Rejection)
def reject(user_id: str) -> Response:
    """Turn somebody away; what they gave is erased."""
    actions.reject_registration(viewer(), identity(user_id), forms.read(Rejection))
    return json.nothing()
