"""Running the site as pages, and what everybody is told on top of each page."""

from typing import Any

from flask import Blueprint, current_app, request

from webapp.admin import actions, announcements, charts, figures, queries, record, work
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
from webapp.auth.shapes import device
from webapp.core.errors import Invalid
from webapp.core.page import Ask, Page
from webapp.web import forms, htmx, staff
from webapp.web.forms import Listing
from webapp.web.paths import identities, identity
from webapp.web.viewer import open_to_hidden, viewer

bp = Blueprint("admin", __name__)
_DISMISSED = "tintype_dismissed"  # which announcements this browser shows no more
_MOST = 10


@bp.app_context_processor
def _told() -> dict[str, Any]:
    return {"announced": _announced}


def _announced() -> list[Any]:
    running = announcements.running()
    hidden = _dismissed() if running else []
    return [one for one in running if str(one.id) not in hidden]


def _dismissed() -> list[str]:
    return request.cookies.get(_DISMISSED, "").split(".")[:_MOST]


@bp.post("/announcements/<announcement_id>/dismiss")
@open_to_hidden
def dismiss(announcement_id: str) -> Any:
    """Show an announcement no more in this browser."""
    hidden = [str(identity(announcement_id)), *_dismissed()]
    answer = current_app.make_response("" if htmx.wants_part() else htmx.go(htmx.came_from("/")))
    kept = ".".join(hidden[:_MOST]).rstrip(".")
    secure = current_app.config["SETTINGS"].secure
    answer.set_cookie(_DISMISSED, kept, max_age=31_536_000, secure=secure, httponly=True, samesite="Lax")
    return answer


@bp.get("/admin")
@staff.only("moderator")
def front() -> Any:
    """Lead to what waits for a moderator."""
    return htmx.go("/admin/queue")


def _ask(asked: Listing) -> Ask:
    return Ask(asked.limit, asked.cursor)


@bp.get("/admin/users")
@staff.only("admin")
def people() -> Any:
    """List people."""
    asked = forms.query(PeopleFilter, only=True)
    page = queries.people(viewer(), asked, _ask(asked))
    return htmx.listing("admin/people.html", "admin/_people.html", page, "admin-rows", asked=asked)


@bp.get("/admin/users/<username>")
@staff.only("admin")
def person(username: str, form: Any = None, errors: Any = None) -> Any:
    """Show a person with all that is known of the account."""
    found = queries.person(viewer(), username)
    return htmx.page(
        "admin/person.html", person=found, device=device, form=form or {"role": found.role}, errors=errors or {}
    )


@bp.post("/admin/users/<username>/role")
@staff.only("admin")
@forms.redisplay(person)
def change_role(username: str) -> Any:
    """Give somebody another role."""
    changed = actions.change_role(viewer(), username, forms.read(RoleChange))
    htmx.toast(f"@{changed.username} is {_ROLES[changed.role]} now.")
    return htmx.go(f"/admin/users/{changed.username}")


_ROLES = {"user": "a user", "creator": "a creator", "moderator": "a moderator", "admin": "an admin"}


@bp.post("/admin/users/<username>/sessions/end")
@staff.only("admin")
@forms.redisplay(person)
def end_sessions(username: str) -> Any:
    """Sign somebody out everywhere."""
    actions.end_sessions(viewer(), username)
    htmx.toast(f"@{username} is signed out everywhere.")
    return htmx.go(f"/admin/users/{username}")


@bp.post("/admin/users/<username>/delete")
@staff.only("admin")
@forms.redisplay(person)
def delete_user(username: str) -> Any:
    """Have an account deleted."""
    actions.delete_user(viewer(), username, forms.read(Removal))
    htmx.toast(f"@{username} is hidden now, and will be erased in 30 days unless you take it back below.")
    return htmx.go(f"/admin/users/{username}")


def _person_of(username: str, session_id: str = "", form: Any = None, errors: Any = None) -> Any:
    return person(username, form, errors)


@bp.post("/admin/users/<username>/sessions/<session_id>/end")
@staff.only("admin")
@forms.redisplay(_person_of)
def end_session(username: str, session_id: str) -> Any:
    """End one of somebody's sign-ins."""
    actions.end_sessions(viewer(), username, only=identity(session_id))
    htmx.toast("That sign-in is over.")
    return htmx.go(f"/admin/users/{username}")


@bp.get("/admin/posts")
@staff.only("admin")
def posts() -> Any:
    """List posts in whatever state."""
    asked = forms.query(PostsFilter, only=True)
    page = queries.all_posts(viewer(), asked, _ask(asked))
    return htmx.listing("admin/posts.html", "admin/_posts.html", page, "admin-rows", asked=asked)


@bp.post("/admin/posts/<post_id>/remove")
@staff.only("admin")
def remove_post(post_id: str) -> Any:
    """Take a post down."""
    made = actions.remove_post(viewer(), identity(post_id), forms.read(Removal))
    htmx.toast("The post is taken down. Its author sees why.", undo=f"/admin/actions/{made}/undo")
    return htmx.go(htmx.came_from("/admin/posts"))


def _audit_again(form: Any = None, errors: Any = None) -> Any:
    nothing: Page[Any] = Page([], None)
    return htmx.listing(
        "admin/audit.html", "admin/_audit.html", nothing, "admin-rows", asked=request.args, record=record,
        query="", errors=errors or {},
    )  # fmt: skip


@bp.get("/admin/audit")
@staff.only("moderator")
@forms.redisplay(_audit_again)
def audit() -> Any:
    """Read the record of what was done."""
    asked = forms.query(RecordFilter, only=True)
    page = record.entries_of(viewer(), asked, _ask(asked))
    return htmx.listing(
        "admin/audit.html", "admin/_audit.html", page, "admin-rows", asked=request.args, record=record,
        query=record.query(request.args), errors={},
    )  # fmt: skip


@bp.get("/admin/stats")
@staff.only("admin")
def stats() -> Any:
    """Show how the site does."""
    days = forms.query(Span, only=True).days
    found = figures.stats(days)
    return htmx.page("admin/stats.html", stats=found, days=days, charts=charts.all_of(found))


@bp.get("/admin/jobs")
@staff.only("admin")
def jobs(form: Any = None, errors: Any = None) -> Any:
    """Show the queue."""
    asked = forms.query(JobsFilter, only=True)
    found = work.report(asked.status, _ask(asked))
    shown = Page(found.items, found.next_cursor)
    return htmx.listing(
        "admin/jobs.html", "admin/_jobs.html", shown, "admin-rows", found=found, asked=asked, errors=errors or {}
    )


@bp.post("/admin/jobs/retry")
@staff.only("admin")
@forms.redisplay(jobs)
def retry_jobs() -> Any:
    """Let the failed jobs that were ticked begin anew."""
    if "job" not in request.form:
        raise Invalid({"": ["Tick the jobs that should begin anew."]})
    done = actions.retry_jobs(viewer(), identities(forms.read(ChosenJobs).job))
    htmx.toast("Nothing to start again: none of them is failed any more." if not done else f"Started again: {done}.")
    return htmx.go("/admin/jobs")


@bp.get("/admin/jobs/<job_id>")
@staff.only("admin")
def job(job_id: str) -> Any:
    """Show a job, and where it failed."""
    return htmx.page("admin/job.html", job=work.job(identity(job_id)))


@bp.post("/admin/jobs/<job_id>/retry")
@staff.only("admin")
def retry_job(job_id: str) -> Any:
    """Retry a failed job."""
    actions.retry_job(viewer(), identity(job_id))
    htmx.toast("The job begins anew.")
    return htmx.go(f"/admin/jobs/{identity(job_id)}")


@bp.post("/admin/jobs/<job_id>/discard")
@staff.only("admin")
def discard_job(job_id: str) -> Any:
    """Throw a job away."""
    actions.discard_job(viewer(), identity(job_id))
    htmx.toast("The job is thrown away.")
    return htmx.go("/admin/jobs")


@bp.post("/admin/clock/<name>/run")
@staff.only("admin")
def run_now(name: str) -> Any:
    """Let what happens by the clock happen now, too."""
    actions.run_now(viewer(), name)
    htmx.toast("It is on the queue.")
    return htmx.go("/admin/jobs")


@bp.get("/admin/announcements")
@staff.only("admin")
def announced(form: Any = None, errors: Any = None) -> Any:
    """List announcements, with the form for another one."""
    page = announcements.listed(forms.ask())
    template, items = "admin/announcements.html", "admin/_announcements.html"
    return htmx.listing(template, items, page, "admin-rows", form=form or {}, errors=errors or {})


@bp.post("/admin/announcements")
@staff.only("admin")
@forms.redisplay(announced)
def announce() -> Any:
    """Tell everybody something."""
    made = actions.announce(viewer(), forms.read(NewAnnouncement))
    htmx.toast("Everybody sees it now." if made.state == "running" else "Everybody will see it when its time comes.")
    return htmx.go("/admin/announcements")


@bp.post("/admin/announcements/<announcement_id>/remove")
@staff.only("admin")
def withdraw_announcement(announcement_id: str) -> Any:
    """Take an announcement away."""
    actions.withdraw_announcement(viewer(), identity(announcement_id))
    htmx.toast("The announcement is gone.")
    return htmx.go("/admin/announcements")


@bp.post("/admin/registrations/<user_id>/approve")
@staff.only("admin")
def approve(user_id: str) -> Any:
    """Let somebody in."""
    actions.approve_registration(viewer(), identity(user_id))
    htmx.toast("They are in, and a mail tells them.")
    return htmx.go("/admin/joining")


@bp.post("/admin/registrations/<user_id>/reject")
@staff.only("admin")
def reject(user_id: str) -> Any:
    """Turn somebody away; what they gave is erased."""
    actions.reject_registration(viewer(), identity(user_id), forms.read(Rejection))
    htmx.toast("They are turned away, and a mail tells them.")
    return htmx.go("/admin/joining")
