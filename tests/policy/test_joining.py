"""Who may join: open, by approval, by invite, closed; rules about addresses; a taken address looks like a new one."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jobs import account
from tests import make
from tests.browsing import counted_queries
from webapp.core import clock, db, options
from webapp.models import AuditEntry, Invite, Joining, User
from webapp.policy import joining

API = "/api/v1"
NEW = {"username": "nora", "email": "nora@example.org", "password": make.PASSWORD}


def mode(name: str) -> None:
    """Choose who may join."""
    options.kept.hold(options.Options(registration=name), 60)


@pytest.fixture
def admin(app, sign_in):
    return sign_in(make.user("admin_a", role="admin"))


def register(browser, **change):
    return browser.post(f"{API}/auth/register", json={**NEW, **change})


def said(letters, address: str) -> str:
    """Return what all mails to an address say."""
    return "\n".join(mail.get_body(("plain",)).get_content() for mail in letters.of(address))


def status(name: str = "nora") -> str | None:
    with make.unit():
        return db.scalar(select(User.status).where(User.username == name))


def invite(admin, **asked) -> tuple[str, str]:
    """Make an invite. Returns its id and its code."""
    made = admin.post(f"{API}/admin/invites", json={"most": 1, **asked})
    assert made.status_code == 201, made.text
    return made.json["id"], made.json["url"].rpartition("/")[2]


def test_an_open_site_lets_everybody_in_and_asks_for_no_words(app, visitor):
    assert visitor.get(f"{API}/auth/registration").json == {
        "mode": "open", "is_open": True, "approval": False, "invited": False, "reason": "",
    }  # fmt: skip
    assert register(visitor).status_code == 201
    assert status() == "active"
    page = app.test_client().get("/register").text
    assert "Create account" in page
    assert 'name="words"' not in page


def test_a_closed_site_says_so_and_what_to_do(app, visitor, admin):
    _, code = invite(admin)
    mode("closed")
    page = visitor.get("/register")
    assert "ask them when it opens again" in page.text
    assert "<form" not in page.text.partition('id="main"')[2]
    assert 'href="/register"' not in visitor.get("/login").text
    for extra in ({}, {"invite": code}):
        refused = register(visitor, **extra)
        assert (refused.status_code, refused.json["type"]) == (403, "registration-closed")
    assert visitor.get(f"/join/{code}").status_code == 404


def test_the_setting_of_the_environment_counts_until_an_admin_chose(app, visitor):
    try:
        options.configure(registration_open=False)
        assert register(visitor).status_code == 403
        mode("open")
        assert register(visitor).status_code == 201
    finally:
        options.configure(registration_open=True)


def test_who_joins_by_approval_waits_and_is_let_in(app, visitor, admin, letters):
    mode("approval")
    page = visitor.get("/register").text
    assert 'name="words"' in page
    sent = visitor.post("/register", data={**NEW, "words": "I know Ana <3"})
    assert sent.status_code == 303
    assert "Somebody looks at your account" in visitor.get("/login").text
    assert status() == "pending"
    assert visitor.get(f"{API}/users/nora").status_code == 404, "nobody finds who waits"
    assert visitor.get("/@nora").status_code == 404

    [waiting] = admin.get(f"{API}/admin/registrations").json["items"]
    assert (waiting["username"], waiting["words"], waiting["why"]) == ("nora", "I know Ana <3", "mode")
    shown = admin.get("/admin/joining").text
    assert "I know Ana &lt;3" in shown

    assert admin.post(f"/admin/registrations/{waiting['id']}/approve").status_code == 303
    make.work()
    assert status() == "active"
    assert visitor.get(f"{API}/users/nora").status_code == 200
    assert "you are in" in said(letters, "nora@example.org")
    assert admin.get(f"{API}/admin/registrations").json["items"] == []
    again = admin.post(f"{API}/admin/registrations/{waiting['id']}/approve")
    assert (again.status_code, "Nobody waits" in again.json["detail"]) == (409, True)
    assert admin.post(f"{API}/admin/registrations/{uuid.uuid4()}/approve").status_code == 404


def test_who_waits_may_sign_in_and_do_nothing_else(app, visitor):
    mode("approval")
    register(visitor)
    entered = visitor.post(f"{API}/auth/login", json={"username": "nora", "password": make.PASSWORD})
    assert entered.status_code == 200
    visitor.csrf = entered.json["csrf_token"]
    assert visitor.get(f"{API}/auth/me").json["status"] == "pending"
    assert visitor.get(f"{API}/feed").status_code == 403
    assert visitor.post(f"{API}/posts", json={"media_ids": []}).status_code == 403


def test_who_is_turned_away_is_told_and_erased(app, visitor, admin, letters):
    mode("approval")
    register(visitor, words="Buy my things")
    [waiting] = admin.get(f"{API}/admin/registrations").json["items"]
    path = f"{API}/admin/registrations/{waiting['id']}"
    assert admin.post(f"{path}/reject", json={"reason": "No shops here."}).status_code == 204
    assert admin.post(f"{path}/approve").status_code == 409
    make.work()
    account.erase()
    make.work()
    assert status() is None
    mails = said(letters, "nora@example.org")
    assert "No shops here." in mails
    assert "as you asked" not in mails
    with make.unit():
        written = db.rows(select(AuditEntry.action, AuditEntry.reason))
    assert [tuple(row) for row in written] == [("reject_registration", "No shops here.")]


def test_an_account_suspended_while_it_waits_stays_so_when_it_is_let_in(app, visitor, admin):
    mode("approval")
    register(visitor)
    with make.unit():
        db.execute(update(User).where(User.username == "nora").values(status="suspended"))
    [waiting] = admin.get(f"{API}/admin/registrations").json["items"]
    assert admin.post(f"{API}/admin/registrations/{waiting['id']}/approve").status_code == 204
    with make.unit():
        row = db.row(select(User.status, User.own_status).where(User.username == "nora"))
    assert tuple(row) == ("suspended", "active")


def test_an_invite_lets_in_without_approval_as_often_as_it_says(app, visitor, admin):
    mode("approval")
    _, code = invite(admin, most=2, note="Photo club")
    page = visitor.get(f"/join/{code}")
    assert page.status_code == 200
    assert f'name="invite" value="{code}"' in page.text
    assert 'name="words"' not in page.text
    assert visitor.get(f"{API}/auth/registration?invite={code}").json["invited"] is True
    assert visitor.post("/register", data={**NEW, "invite": code, "display_name": ""}).status_code == 303
    assert status() == "active"
    assert register(visitor, username="otto", email="o@example.org", invite=code).status_code == 201
    refused = register(visitor, username="pia", email="p@example.org", invite=code)
    assert (refused.status_code, refused.json["type"]) == (403, "invite-used")
    ended = visitor.get(f"/join/{code}")
    assert (ended.status_code, "used as often as it could be" in ended.text) == (404, True)
    [listed] = admin.get(f"{API}/admin/invites").json["items"]
    assert (listed["used"], listed["state"], listed["note"]) == (2, "used", "Photo club")
    with make.unit():
        assert len(db.rows(select(Joining.__table__))) == 2


def test_by_invite_alone(app, visitor, admin):
    mode("invite")
    assert "People join this site by invite" in visitor.get("/register").text
    assert 'href="/register"' not in visitor.get("/login").text
    refused = register(visitor)
    assert (refused.status_code, refused.json["type"]) == (403, "invite-needed")
    _, code = invite(admin)
    assert register(visitor, invite=code).status_code == 201
    assert status() == "active"


def test_an_invite_that_was_taken_back_or_is_over_says_so(app, visitor, admin):
    mode("invite")
    gone, code = invite(admin, most=5)
    assert admin.delete(f"{API}/admin/invites/{gone}").status_code == 204
    assert admin.delete(f"{API}/admin/invites/{gone}").status_code == 204
    assert "taken back" in register(visitor, invite=code).json["detail"]
    late, code = invite(admin, days=3)
    with make.unit():
        db.execute(update(Invite).where(Invite.id == late).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert "is over" in register(visitor, invite=code).json["detail"]
    assert "is over" in visitor.get(f"/join/{code}").text
    shown = visitor.post("/register", data={**NEW, "invite": code})
    assert (shown.status_code, "is over" in shown.text) == (403, True)
    with make.unit():
        actions = [row.action for row in db.rows(select(AuditEntry.action).order_by(AuditEntry.seq))]
    assert actions == ["invite", "revoke_invite", "invite"]


@pytest.mark.parametrize("code", ["", "x", "AAAA", "nonsense!", "%00"])
def test_a_link_that_this_site_did_not_make_lets_nobody_in(app, visitor, admin, code):
    mode("invite")
    row_id, good = invite(admin)
    forged = good[:-3] + ("AAA" if good[-3:] != "AAA" else "BBB")
    for wrong in (code, forged, joining.crypto.b64(make.uuid.UUID(row_id).bytes)):
        assert register(visitor, invite=wrong).status_code in (403, 404, 422)
        assert visitor.get(f"/join/{wrong}").status_code == 404
    assert register(visitor, invite=good).status_code == 201


@pytest.mark.parametrize("how", ["open", "approval", "invite"])
def test_a_taken_address_looks_like_a_new_one(app, visitor, admin, letters, how):
    make.user("ana")
    mode(how)
    codes = [invite(admin)[1] if how == "invite" else None for _ in range(2)]
    answers = []
    for name, email, code in (("nora", "ana@example.org", codes[0]), ("otto", "otto@example.org", codes[1])):
        browser = app.test_client()
        asked = {"username": name, "email": email, "password": make.PASSWORD}
        if code:
            asked["invite"] = code
        page = browser.post("/register", data=asked)
        told = browser.get("/login").text.partition('id="toasts"')[2]
        answers.append((page.status_code, page.headers["Location"], told))
    assert answers[0] == answers[1]
    make.work()
    assert status("nora") is None
    assert "ana" in said(letters, "ana@example.org")
    if how == "invite":  # else somebody could try the link again and learn it
        assert {one["used"] for one in admin.get(f"{API}/admin/invites").json["items"]} == {1}


@pytest.mark.parametrize(
    ("rule", "email", "taken"),
    [
        ({"domain": "spam.example"}, "n@spam.example", True),
        ({"domain": "spam.example"}, "n@mail.spam.example", True),
        ({"domain": "@Spam.Example"}, "n@SPAM.example", True),
        ({"domain": "spam.example"}, "n@notspam.example", False),
        ({"domain": "mail.spam.example"}, "n@spam.example", False),
        ({"network": "127.0.0.0/8"}, "n@fine.example", True),
        ({"network": "127.0.0.1"}, "n@fine.example", True),
        ({"network": "10.0.0.0/8"}, "n@fine.example", False),
        ({"network": "2001:db8::/32"}, "n@fine.example", False),
    ],
)
def test_rules_refuse_or_ask_for_approval(app, visitor, admin, rule, email, taken):
    made = admin.post(f"{API}/admin/access-rules", json={**rule, "action": "approve"})
    assert made.status_code == 201, made.text
    assert register(visitor, username="nora", email=email, words="Hello").status_code == 201
    assert status("nora") == ("pending" if taken else "active")
    if taken:
        assert admin.get(f"{API}/admin/registrations").json["items"][0]["why"] == "rule"
    assert admin.delete(f"{API}/admin/access-rules/{made.json['id']}").status_code == 204
    assert admin.post(f"{API}/admin/access-rules", json={**rule, "action": "refuse"}).status_code == 201
    refused = register(visitor, username="otto", email=f"o{email}")
    assert refused.status_code == (403 if taken else 201)
    _, code = invite(admin)
    assert register(visitor, username="pia", email=f"p{email}", invite=code).status_code == (403 if taken else 201)


@pytest.mark.parametrize("network", ["192.0.2.0/24", "::ffff:192.0.2.0/120"])
def test_an_address_of_the_other_family_is_the_same(app, visitor, admin, network):
    rule = admin.post(f"{API}/admin/access-rules", json={"network": network, "action": "refuse"})
    assert rule.status_code == 201
    assert rule.json["network"] == "192.0.2.0/24"
    for address, code in (("::ffff:192.0.2.7", 403), ("192.0.2.200", 403), ("192.0.3.1", 201), ("unknown", 201),
                          ("fe80::7%eth0", 201)):  # fmt: skip
        name = f"n{abs(hash(address)) % 10**9}"
        answer = visitor.post(
            f"{API}/auth/register",
            json={**NEW, "username": name, "email": f"{name}@example.org"},
            environ_base={"REMOTE_ADDR": address},
        )
        assert answer.status_code == code, address


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"domain": "a.example", "network": "10.0.0.0/8"}, {"domain": "no domain"}, {"network": "10.0.0.0/4"},
        {"network": "300.1.1.1"}, {"network": "::/0"}, {"network": "::ffff:0:0/96"},
        {"domain": "a.example", "action": "shout"},
    ],
)  # fmt: skip
def test_a_rule_that_means_nothing_is_refused(app, admin, wrong):
    answer = admin.post(f"{API}/admin/access-rules", json={"action": "refuse", **wrong})
    assert answer.status_code == 422
    assert all(messages for messages in answer.json["errors"].values())


@pytest.mark.parametrize(
    "end", ["9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "2001-01-01T00:00:00Z"]
)
def test_an_invite_ends_within_ten_years_or_not_at_all(app, admin, end):
    answer = admin.post(f"{API}/admin/invites", json={"expires_at": end})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["expires_at"])


def test_rules_and_invites_are_made_on_the_page(app, admin):
    assert admin.post("/admin/invites", data={"note": "Club", "most": "3", "days": "7"}).status_code == 303
    assert (
        admin.post("/admin/access-rules", data={"domain": "a.example", "network": "", "action": "refuse"}).status_code
        == 303
    )
    page = admin.get("/admin/joining").text
    assert "Club" in page
    assert "/join/" in page
    assert "a.example" in page
    wrong = admin.post("/admin/invites", data={"note": "Club", "most": "0", "days": ""})
    assert (wrong.status_code, "At least 1" in wrong.text) == (422, True)
    again = admin.post("/admin/access-rules", data={"domain": "a.example", "network": "", "action": "refuse"})
    assert (again.status_code, "a rule for this already" in again.text) == (422, True)
    with make.unit():
        invite_id = db.scalar(select(Invite.id))
    assert admin.post(f"/admin/invites/{invite_id}/revoke").status_code == 303
    assert "Taken back" in admin.get("/admin/joining").text


def test_a_list_of_many_costs_as_many_queries_as_one_of_two(app, admin):
    mode("approval")
    costs = []
    for number in (2, 20):
        for place in range(number):
            register(app.test_client(), username=f"w{number}_{place}", email=f"w{number}_{place}@example.org")
            invite(admin)
        admin.get("/admin/joining")
        with counted_queries() as sent:
            assert admin.get("/admin/joining?limit=100").status_code == 200
        costs.append(len(sent))
    assert costs[0] == costs[1]
    first = admin.get(f"{API}/admin/registrations?limit=5").json
    assert first["items"][0]["username"] == "w2_0", "who waits longest stands first"
    rest = admin.get(f"{API}/admin/registrations?limit=100&cursor={first['next_cursor']}").json
    assert len(rest["items"]) == 17


def test_staff_alone_is_let_in(app, sign_in, visitor):
    people = {"visitor": visitor, "user": sign_in(make.user("ana"))}
    people["moderator"] = sign_in(make.user("mod_m", role="moderator"))
    for path, least in (
        ("/moderation/filters", "moderator"), ("/moderation/filters/try", "moderator"),
        ("/moderation/hashes", "moderator"), ("/admin/registrations", "admin"), ("/admin/invites", "admin"),
        ("/admin/access-rules", "admin"), ("/admin/settings", "admin"), ("/admin/settings/history", "admin"),
    ):  # fmt: skip
        expected = {"visitor": 401, "user": 403, "moderator": 200 if least == "moderator" else 403}
        assert {name: browser.get(API + path).status_code for name, browser in people.items()} == expected, path
    for path in ("/admin/filters", "/admin/hashes", "/admin/joining", "/admin/settings", "/admin/settings/history"):
        assert people["user"].get(path).status_code == 403
        assert people["visitor"].get(path).status_code == 303
    nobody = make.uuid.uuid4()
    for path in (f"registrations/{nobody}/approve", f"registrations/{nobody}/reject", "invites", "access-rules"):
        assert people["moderator"].post(f"{API}/admin/{path}", json={}).status_code == 403
        assert people["moderator"].post(f"/admin/{path}").status_code == 403
