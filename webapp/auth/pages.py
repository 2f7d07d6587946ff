"""Registering, signing in and out, sessions and the password, as pages."""

from typing import Any

from flask import Blueprint, request, session
from flask_login import login_required

from webapp.auth import actions, queries
from webapp.auth.schemas import (
    Confirmation,
    EmailChange,
    Forgotten,
    PasswordChange,
    PasswordReset,
    Proof,
    Registration,
    SecondStep,
    SignIn,
    TotpProof,
)
from webapp.core import clock
from webapp.policy import queries as policy_queries
from webapp.web import forms, htmx, limits
from webapp.web import viewer as way_in
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = Blueprint("auth", __name__)
_WELCOME = "Welcome. Sign in to begin. We sent a mail to your address: its link confirms that it is yours."
_MAILED = "If an account has this address, a link is on its way to it. It is good for an hour."
_WAITS = "Thank you. Somebody looks at your account before it opens, and a mail tells you when they have."


@bp.get("/login")
def sign_in_form(form: Any = None, errors: Any = None) -> Any:
    """Show the sign-in form."""
    if not viewer().is_visitor:
        return htmx.go("/")
    there = htmx.local((form or request.args).get("next", "/"))
    left = bool(way_in.device()["known_to"])
    sent = session.get("sent") or {}
    form = form or {"username": sent.get("username", "")}
    return htmx.page("auth/login.html", form=form, errors=errors or {}, next=there, left=left, said=sent.get("said"))


@bp.post("/login")
@limits.on("sign-in")
@forms.redisplay(sign_in_form)
def sign_in() -> Any:
    """Sign in."""
    asked = forms.read(SignIn)
    try:
        entered = actions.sign_in(asked.username, asked.password, asked.totp, stay=asked.stay, **way_in.device())
    except actions.NeedsCode as need:
        session["second_step"] = [need.ticket, asked.stay, asked.next]
        return htmx.go("/login/code")
    return _entered(entered, asked.next)


def _entered(entered: Any, then: str) -> Any:
    actions.make_room(viewer())
    session.clear()
    way_in.remember(*entered)
    return htmx.go(htmx.local(then))


@bp.get("/login/code")
def code_form(form: Any = None, errors: Any = None) -> Any:
    """Ask for the code that follows the password."""
    if "second_step" not in session:
        return htmx.go("/login")
    return htmx.page("auth/code.html", errors=errors or {})


@bp.post("/login/code")
@limits.on("sign-in")
@forms.redisplay(code_form)
def sign_in_by_code() -> Any:
    """Sign in by that code."""
    code = forms.read(SecondStep).code
    ticket, stay, then = session.get("second_step") or ("", False, "/")
    return _entered(actions.sign_in_by_code(ticket, code, stay=stay, **way_in.device()), then)


@bp.get("/confirm")
@login_required
def confirm_form(form: Any = None, errors: Any = None) -> Any:
    """Ask once more who one is, before what only staff may do."""
    there = htmx.local((form or request.args).get("next", "/"))
    return htmx.page("auth/confirm.html", me=queries.me(viewer()), errors=errors or {}, next=there)


@bp.post("/confirm")
@login_required
@limits.on("sign-in")
@forms.redisplay(confirm_form)
def confirm() -> Any:
    """Take the password once more, and lead back."""
    asked = forms.read(Confirmation)
    actions.confirm(viewer(), asked)
    return htmx.go(htmx.local(asked.next))


@bp.get("/register")
def register_form(form: Any = None, errors: Any = None) -> Any:
    """Show the form for a new account."""
    if not viewer().is_visitor:
        return htmx.go("/")
    form = form or {}
    door = policy_queries.door(str(form.get("invite", "")))
    return htmx.page("auth/register.html", form=form, errors=errors or {}, door=door)


@bp.get("/join/<code>")
def join_form(code: str) -> Any:
    """Show the form for a new account to whoever has an invite, or say why it is not good any more."""
    if not viewer().is_visitor:
        return htmx.go("/")
    door = policy_queries.door(code)
    form = {"invite": code} if door.invited else {}
    return htmx.page("auth/register.html", 200 if door.invited else 404, form=form, errors={}, door=door)


@bp.post("/register")
@limits.on("registration")
@forms.redisplay(register_form)
def register() -> Any:
    """Make an account, then lead to the sign-in."""
    asked = forms.read(Registration)
    _id, entry = actions.join(asked, address=way_in.address(), now=clock.now())
    # It stands there until they sign in: who goes to look for the mail has forgotten what it was about.
    session["sent"] = {"said": _WAITS if entry.pending else _WELCOME, "username": asked.username}
    return htmx.go("/login")


@bp.get("/forgot")
def forgot_form(form: Any = None, errors: Any = None) -> Any:
    """Ask for the address to which a link to a new password goes."""
    return htmx.page("auth/forgot.html", form=form or {}, errors=errors or {})


@bp.post("/forgot")
@limits.on("password-reset")
@forms.redisplay(forgot_form)
def forgot() -> Any:
    """Have that link mailed."""
    actions.forgot_password(forms.read(Forgotten).email)
    if viewer().is_visitor:
        session["sent"] = {"said": _MAILED}
    else:
        htmx.toast(_MAILED)
    return htmx.go("/login")


@bp.get("/reset/<token>")
@way_in.open_to_hidden
def reset_form(token: str, form: Any = None, errors: Any = None) -> Any:
    """Ask for the new password."""
    good = queries.key_is_good(token, "reset")
    return htmx.page("auth/reset.html", 200 if good else 404, token=token, good=good, errors=errors or {})


@bp.post("/reset/<token>")
@way_in.open_to_hidden
@forms.redisplay(reset_form)
def reset(token: str) -> Any:
    """Set the new password."""
    actions.reset_password(forms.read(PasswordReset, token=token))
    htmx.toast("Your new password counts. Every device has been signed out; sign in again.")
    return htmx.go("/login")


@bp.get("/confirm-email/<token>")
@way_in.open_to_hidden
def confirm_email_form(token: str, form: Any = None, errors: Any = None) -> Any:
    """Show the button that confirms an address: programs that look at links in mails press no buttons."""
    good = queries.key_is_good(token, "confirm")
    return htmx.page("auth/confirm_email.html", 200 if good else 404, token=token, good=good, errors=errors or {})


@bp.post("/confirm-email/<token>")
@way_in.open_to_hidden
@forms.redisplay(confirm_email_form)
def confirm_email(token: str) -> Any:
    """Confirm an address."""
    actions.confirm_email(token)
    htmx.toast("Thank you. Your e-mail address is confirmed.")
    return htmx.go("/login" if viewer().is_visitor else "/")


@bp.get("/settings/email")
@login_required
def email(form: Any = None, errors: Any = None) -> Any:
    """Show one's address, whether it is confirmed, and the form for another one."""
    return htmx.page("auth/email.html", me=queries.me(viewer()), form=form or {}, errors=errors or {})


@bp.post("/settings/email")
@login_required
@limits.on("mails")
@forms.redisplay(email)
def change_email() -> Any:
    """Ask for another address."""
    actions.change_email(viewer(), forms.read(EmailChange))
    htmx.toast("We sent a link to the new address. It counts once you have opened it.")
    return htmx.go("/settings/email")


@bp.post("/settings/email/resend")
@login_required
@limits.on("mails")
@forms.redisplay(email)
def resend() -> Any:
    """Have the link mailed again."""
    actions.resend_confirmation(viewer())
    htmx.toast("The link is on its way again. Only the newest one works.")
    return htmx.go("/settings/email")


@bp.post("/logout")
@way_in.open_to_hidden
def sign_out() -> Any:
    """Sign out."""
    actions.sign_out(viewer())
    session.clear()
    way_in.forget()
    return htmx.go("/login")


@bp.get("/settings/security")
@login_required
def security(form: Any = None, errors: Any = None) -> Any:
    """Show the form for a new password."""
    return htmx.page("auth/security.html", form=form or {}, errors=errors or {})


@bp.post("/settings/security")
@login_required
@limits.on("sign-in")
@forms.redisplay(security)
def change_password() -> Any:
    """Change the password."""
    actions.change_password(viewer(), forms.read(PasswordChange))
    htmx.toast("Your password is changed. Every other device has been signed out.")
    return htmx.go("/settings/security")


@bp.get("/settings/two-step")
@login_required
def two_step(form: Any = None, errors: Any = None, stage: str = "") -> Any:
    """Show whether signing in takes two steps, and the form that turns it on or off."""
    return htmx.page("auth/two_step.html", me=queries.me(viewer()), errors=errors or {}, stage=stage)


@bp.post("/settings/two-step")
@login_required
@limits.on("sign-in")
@forms.redisplay(two_step)
def start_totp() -> Any:
    """Show the secret for one's app. Not on a page of its own: it is shown this once."""
    secret = actions.start_totp(viewer(), forms.read(Proof).password)
    return htmx.page("auth/two_step.html", me=queries.me(viewer()), errors={}, stage="confirm", secret=secret)


def _unconfirmed(form: Any = None, errors: Any = None) -> Any:
    return two_step(form, errors, stage="confirm")


@bp.post("/settings/two-step/confirm")
@login_required
@forms.redisplay(_unconfirmed)
def confirm_totp() -> Any:
    """Turn it on, and show the recovery codes this once."""
    made = actions.confirm_totp(viewer(), forms.read(SecondStep).code)
    return htmx.page("auth/recovery_codes.html", codes=made.codes)


@bp.post("/settings/two-step/off")
@login_required
@limits.on("sign-in")
@forms.redisplay(two_step)
def remove_totp() -> Any:
    """Turn it off."""
    actions.remove_totp(viewer(), forms.read(TotpProof))
    htmx.toast("Signing in takes your password alone again.")
    return htmx.go("/settings/two-step")


@bp.get("/settings/passkeys")
@login_required
def passkeys() -> Any:
    """Show one's passkeys, and the form that adds one by the calls of scripts: only a script reaches a device."""
    mine, just = queries.own_passkeys(viewer()), queries.came_just_now(viewer())
    return htmx.page("auth/passkeys.html", passkeys=mine, just=just)


@bp.post("/settings/passkeys/<passkey_id>/remove")
@login_required
def remove_passkey(passkey_id: str) -> Any:
    """Forget one of one's passkeys."""
    actions.remove_passkey(viewer(), identity(passkey_id))
    htmx.toast("That passkey does not work here any more. Delete it on your device, too.")
    return htmx.go("/settings/passkeys")


@bp.get("/settings/sessions")
@login_required
def sessions() -> Any:
    """List one's sign-ins."""
    return htmx.page("auth/sessions.html", sessions=queries.open_sessions(viewer()))


@bp.post("/settings/sessions/<session_id>/revoke")
@login_required
def end_session(session_id: str) -> Any:
    """End one of one's sign-ins."""
    actions.end_session(viewer(), identity(session_id))
    htmx.toast("That device is signed out.")
    return htmx.go("/settings/sessions")


@bp.post("/settings/sessions/revoke-others")
@login_required
def end_other_sessions() -> Any:
    """End all sign-ins but this one."""
    actions.end_other_sessions(viewer())
    htmx.toast("Every other device is signed out.")
    return htmx.go("/settings/sessions")
