"""Accounts, sessions and tokens over JSON."""

from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, session
from flask_login import login_required

from webapp.auth import actions, passkeys, queries, shapes, tokens
from webapp.auth.schemas import (
    Confirmation,
    EmailChange,
    Forgotten,
    MailedKey,
    NewPasskey,
    PasskeySignIn,
    PasskeyWish,
    PasswordChange,
    PasswordReset,
    Proof,
    RefreshRequest,
    Registration,
    RevokeRequest,
    SecondStep,
    SignIn,
    TokenRequest,
    TotpProof,
)
from webapp.core import clock, page
from webapp.users import queries as user_queries
from webapp.users.shapes import User, UserCounts
from webapp.visibility import Viewer
from webapp.web import csrf, forms, json, limits
from webapp.web import viewer as way_in
from webapp.web.openapi import describe
from webapp.web.paths import identity
from webapp.web.viewer import viewer

bp = APIBlueprint("auth_api", __name__, tag="auth")


@bp.get("/auth/csrf")
@way_in.open_to_hidden
@describe(shapes.CsrfToken)
def csrf_token() -> Response:
    """Get the token that writes with cookies need."""
    response = json.answer(shapes.CsrfToken(csrf.token()))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.post("/auth/register")
@limits.on("registration")
@describe(User, status=201, body=Registration)
def register() -> Response:
    """Make an account. It does not sign in; where somebody approves it, it waits (`/auth/me` says `pending`)."""
    asked = forms.read(Registration)
    now = clock.now()
    made, _entry = actions.join(asked, address=way_in.address(), now=now)
    return json.answer(_newcomer(made, asked, now), 201)


def _newcomer(user_id: object, asked: Registration, now: datetime) -> User:
    """Make the answer out of what was asked, so that a taken address answers as a new one does."""
    counts = UserCounts(0, 0, 0)
    return User(
        user_id, asked.username, asked.display_name, "", None, False, False, [], "user", now, counts, None
    )  # fmt: skip


@bp.post("/auth/login")
@way_in.open_to_hidden
@limits.on("sign-in")
@describe(shapes.SignedIn, body=SignIn)
def sign_in() -> Response:
    """Sign in with user name or e-mail address; sets the session cookie."""
    asked = forms.read(SignIn)
    row, key = actions.sign_in(asked.username, asked.password, asked.totp, stay=asked.stay, **way_in.device())
    return _entered(row, key)


def _entered(row: Any, key: str) -> Response:
    actions.make_room(viewer())
    session.clear()  # the form token of before the sign-in is worth nothing after it
    way_in.remember(row, key)
    user = user_queries.get(Viewer(row.user_id, role="user"), "me")
    return json.answer(shapes.SignedIn(user, csrf.token()))


@bp.post("/auth/logout")
@way_in.open_to_hidden
@describe(status=204)
def sign_out() -> Response:
    """End this session; for a program, its token and all of its family."""
    actions.sign_out(viewer())
    session.clear()
    way_in.forget()
    return json.nothing()


@bp.get("/auth/me")
@way_in.open_to_hidden
@login_required
@describe(shapes.Account)
def me() -> Response:
    """Show who is signed in."""
    return json.answer(queries.me(viewer()))


@bp.post("/auth/token")
@limits.on("sign-in")
@describe(shapes.Tokens, body=TokenRequest)
def issue() -> Response:
    """Get tokens for a program."""
    asked = forms.read(TokenRequest)
    known_to = way_in.device()["known_to"]
    user = actions.verify(asked.username, asked.password, asked.totp, known_to=known_to)
    if user.id != known_to:
        actions.tell_of_sign_in(user, f"{asked.name} (a program)")
    scopes = tokens.permitted(user.role, asked.scopes)
    return json.answer(tokens.issue(user.id, name=asked.name, scopes=scopes))


@bp.post("/auth/confirm")
@login_required
@limits.on("sign-in")
@describe(shapes.Confirmed, body=Confirmation)
def confirm() -> Response:
    """Show once more who one is, by the password or a passkey: what staff do asks for it when it was long ago."""
    return json.answer(actions.confirm(viewer(), forms.read(Confirmation), session.pop("passkey", "")))


@bp.post("/auth/refresh")
@describe(shapes.Tokens, body=RefreshRequest)
def refresh() -> Response:
    """Change a refresh token for the next pair."""
    return json.answer(tokens.refresh(forms.read(RefreshRequest).refresh_token))


@bp.post("/auth/revoke")
@describe(status=204, body=RevokeRequest)
def revoke() -> Response:
    """End a token and its family."""
    tokens.revoke(forms.read(RevokeRequest).token)
    return json.nothing()


@bp.get("/auth/sessions")
@login_required
@describe(shapes.Session, many=True)
def sessions() -> Response:
    """List one's sign-ins."""
    return json.listing(page.whole(queries.open_sessions(viewer()), forms.ask(), "sessions"))


@bp.delete("/auth/sessions/<session_id>")
@login_required
@describe(status=204)
def end_session(session_id: str) -> Response:
    """End one of one's sign-ins."""
    actions.end_session(viewer(), identity(session_id))
    return json.nothing()


@bp.post("/auth/password")
@login_required
@limits.on("sign-in")
@describe(status=204, body=PasswordChange)
def change_password() -> Response:
    """Change one's password; all other sessions and tokens end."""
    actions.change_password(viewer(), forms.read(PasswordChange))
    return json.nothing()


@bp.post("/auth/password/forgot")
@limits.on("password-reset")
@describe(status=202, body=Forgotten)
def forgot() -> Response:
    """Have a link to a new password mailed. The answer is the same whether the address is known or not."""
    actions.forgot_password(forms.read(Forgotten).email)
    return json.accepted()


@bp.post("/auth/password/reset")
@way_in.open_to_hidden
@describe(status=204, body=PasswordReset)
def reset() -> Response:
    """Set a new password with the token of a mailed link; all sessions and tokens end."""
    actions.reset_password(forms.read(PasswordReset))
    return json.nothing()


@bp.post("/auth/email")
@login_required
@limits.on("mails")
@describe(status=202, body=EmailChange)
def change_email() -> Response:
    """Ask for another address; it counts once it is confirmed."""
    actions.change_email(viewer(), forms.read(EmailChange))
    return json.accepted()


@bp.post("/auth/email/resend")
@login_required
@limits.on("mails")
@describe(status=202)
def resend() -> Response:
    """Have the link that confirms one's address mailed again."""
    actions.resend_confirmation(viewer())
    return json.accepted()


@bp.post("/auth/email/verify")
@way_in.open_to_hidden
@describe(status=204, body=MailedKey)
def verify_email() -> Response:
    """Confirm an address with the token of a mailed link."""
    actions.confirm_email(forms.read(MailedKey).token)
    return json.nothing()


@bp.post("/auth/totp")
@login_required
@limits.on("sign-in")
@describe(shapes.TotpSecret, body=Proof)
def start_totp() -> Response:
    """Begin two-step sign-in: get the secret for one's app, this once."""
    return json.answer(actions.start_totp(viewer(), forms.read(Proof).password))


@bp.post("/auth/totp/confirm")
@login_required
@describe(shapes.RecoveryCodes, body=SecondStep)
def confirm_totp() -> Response:
    """Turn two-step sign-in on by a first code; the recovery codes are shown this once."""
    return json.answer(actions.confirm_totp(viewer(), forms.read(SecondStep).code))


@bp.delete("/auth/totp")
@login_required
@describe(status=204, body=TotpProof)
def remove_totp() -> Response:
    """Turn two-step sign-in off, with the password or a code."""
    actions.remove_totp(viewer(), forms.read(TotpProof))
    return json.nothing()


@bp.get("/auth/passkeys")
@login_required
@describe(shapes.Passkey, many=True)
def own_passkeys() -> Response:
    """List one's passkeys."""
    return json.listing(page.whole(queries.own_passkeys(viewer()), forms.ask(), "passkeys"))


@bp.post("/auth/passkeys/options")
@login_required
@limits.on("passkeys")
@describe(dict, body=PasskeyWish)
def start_passkey() -> Response:
    """Get what a browser needs to make a passkey (PublicKeyCredentialCreationOptionsJSON)."""
    return json.answer(actions.start_passkey(viewer(), forms.read(PasskeyWish).password))


@bp.post("/auth/passkeys")
@login_required
@describe(shapes.Passkey, status=201, body=NewPasskey)
def add_passkey() -> Response:
    """Keep a passkey that a device has made."""
    return json.answer(actions.add_passkey(viewer(), forms.read(NewPasskey), request.user_agent.string), 201)


@bp.get("/auth/passkeys/<passkey_id>")
@login_required
@describe(shapes.Passkey)
def own_passkey(passkey_id: str) -> Response:
    """Show one of one's passkeys."""
    return json.answer(queries.own_passkey(viewer(), identity(passkey_id)))


@bp.delete("/auth/passkeys/<passkey_id>")
@login_required
@describe(status=204)
def remove_passkey(passkey_id: str) -> Response:
    """Forget one of one's passkeys."""
    actions.remove_passkey(viewer(), identity(passkey_id))
    return json.nothing()


@bp.post("/auth/passkeys/login/options")
@limits.on("passkeys")
@describe(dict)
def passkey_challenge() -> Response:
    """Get what a browser needs to sign in by a passkey (PublicKeyCredentialRequestOptionsJSON)."""
    options, session["passkey"] = passkeys.to_sign_in()
    return json.answer(options)


@bp.post("/auth/passkeys/login")
@limits.on("passkeys")
@describe(shapes.SignedIn, body=PasskeySignIn)
def sign_in_by_passkey() -> Response:
    """Sign in by a passkey, in the browser that got the challenge; sets the session cookie."""
    asked = forms.read(PasskeySignIn)
    mark = session.pop("passkey", "")
    return _entered(*actions.sign_in_by_passkey(asked.credential, mark, stay=asked.stay, **way_in.device()))
