"""Several who decide, report or take back at once: one effect, one record, one word to each person."""

from collections import Counter

import pytest

from tests import make
from tests.races.test_many_at_once import at_once
from tests.whole import Script, Site


@pytest.fixture(scope="module")
def team(site: Site) -> list[Script]:
    """An admin and two moderators."""
    boss = site.staff("race_boss", "admin")
    return [boss, *(site.staff(f"race_mod_{number}", "moderator") for number in (1, 2))]


def report(person: Script, post_id: str):
    body = {"target_type": "post", "target_id": post_id, "reason": "spam"}
    return lambda: person.call("POST", "/reports", json=body)


def notices(person: Script) -> list[str]:
    items = person.call("GET", "/notifications").json()["items"]
    return [said["words"] for one in items for said in one["notices"]]


def test_two_moderators_and_one_report_have_one_winner(site, team):
    author, reporter = site.person("raced_author"), site.person("raced_reporter")
    post_id = author.post(make.photo(200, 200, "#234567"))
    made = report(reporter, post_id)().json()["id"]
    path = f"/moderation/reports/{made}/resolve"
    decisions = [{"action": "takedown", "reason": "Rule three."}, {"action": "dismiss"}] * 2
    answers = []

    def decide(person: Script, body):
        def call():
            answer = person.call("POST", path, json=body)
            answers.append((answer.status_code, answer.json().get("detail", "")))
            return answer

        return call

    at_once([decide(person, body) for person, body in zip([*team, team[0]], decisions, strict=True)])
    won = [status for status, _ in answers if status == 200]
    assert won, answers
    assert {status for status, _ in answers} <= {200, 409}
    lost = [said for status, said in answers if status == 409]
    assert lost
    assert all("has closed this case already: " in said for said in lost), lost
    entries = team[0].call("GET", "/moderation/audit").json()["items"]
    about = [one["action"] for one in entries if one["target"]["id"] == post_id]
    assert len(about) == 1, about
    assert len(notices(reporter)) == 1


def test_two_who_report_at_once_are_in_one_case(site, team):
    author = site.person("raced_host")
    post_id = author.post(make.photo(200, 200, "#765432"))
    people = [site.person(f"raced_crowd_{number}") for number in range(4)]
    calls = [report(person, post_id) for person in people for _ in range(3)]
    assert set(Counter(at_once(calls))) <= {200, 201}
    items = team[1].call("GET", "/moderation/queue?limit=100").json()["items"]
    [case] = [one for one in items if one["target"]["id"] == post_id]
    assert case["reports"]["count"] == 4
    assert case["reports"]["reasons"] == {"spam": 4}


def test_undoing_and_doing_at_once_leaves_one_of_each(site, team):
    author = site.person("raced_writer")
    post_id = author.post(make.photo(200, 200, "#456123"))
    why = {"reason": "Rule three."}
    takedown = f"/moderation/posts/{post_id}/takedown"
    done = at_once([lambda p=p: p.call("POST", takedown, json=why) for p in team for _ in range(3)])
    assert set(Counter(done)) == {200}
    [action] = author.call("GET", "/me/moderation").json()["items"]
    undo = f"/moderation/actions/{action['id']}/undo"
    assert set(Counter(at_once([lambda p=p: p.call("POST", undo) for p in team for _ in range(3)]))) == {200}
    assert len(notices(author)) == 2, "of both, once"
    author.published(f"/posts/{post_id}")
    assert author.call("GET", "/users/raced_writer").json()["counts"]["posts"] == 1


def test_two_admins_who_send_each_other_away_leave_one(site, team):
    one, other = site.staff("race_anna", "admin"), site.staff("race_otto", "admin")
    for _ in range(3):
        asked = [(one, other.name), (other, one.name)]
        calls = [
            lambda who=who, name=name: who.call("PATCH", f"/admin/users/{name}", json={"role": "user"})
            for who, name in asked
        ]
        at_once(calls)
        left = [
            who for who in (one, other) if team[0].call("GET", f"/admin/users/{who.name}").json()["role"] == "admin"
        ]
        assert len(left) == 1, left
        gone = other if left[0] is one else one
        assert team[0].call("PATCH", f"/admin/users/{gone.name}", json={"role": "admin"}).status_code == 200


def test_two_admins_who_undo_each_others_rise_leave_one(site, team):
    one, other = site.person("race_ruth"), site.person("race_udo")

    def known(who):
        return team[0].call("GET", f"/admin/users/{who.name}").json()

    for _ in range(3):
        for who in (one, other):
            assert team[0].call("PATCH", f"/admin/users/{who.name}", json={"role": "admin"}).status_code == 200
        rises = {who: known(who)["sanctions"][0]["id"] for who in (one, other)}
        calls = [
            lambda who=who, rise=rise: who.call("POST", f"/moderation/actions/{rise}/undo")
            for who, rise in ((one, rises[other]), (other, rises[one]))
        ]
        done = at_once(calls)
        assert sorted(known(who)["role"] for who in (one, other)) == ["admin", "user"], done
        for who in (one, other):
            team[0].call("PATCH", f"/admin/users/{who.name}", json={"role": "user"})
