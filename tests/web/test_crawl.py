"""One walk through the pages: every address, form and target in them leads somewhere."""

import re
from html import unescape
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException

from tests import make
from webapp.stories import highlights
from webapp.stories.schemas import NewHighlight

ADDRESS = re.compile(r'\b(href|src|method="post" action|action|hx-get|hx-post)="([^"]*)"')
TARGET = re.compile(r'hx-target="#([^"]+)"')


def leads_somewhere(app, path: str, method: str) -> bool:
    parts = urlsplit(path)
    try:
        app.url_map.bind("localhost").match(parts.path, method=method)
    except HTTPException:
        return False
    return True


def stories(ana: make.Person, ben: make.Person) -> list[str]:
    """Let people tell stories; returns addresses to begin at."""
    kept = [make.story(ana, "Look @ben") for _ in range(2)]
    make.story(ben, ready=False)
    with make.unit():
        highlight = highlights.create(ana.viewer, NewHighlight(title="Kept", story_ids=kept)).id
    return ["/stories", "/new/story", "/highlights", f"/highlights/{highlight}/edit", f"/stories/ana/{kept[0]}"]


def let_talk(ana: make.Person, ben: make.Person, post_id) -> None:
    """Let two people talk, by themselves and in a group, about a post."""
    for one, other in ((ana, ben), (ben, ana)):
        make.say(one, make.talk(one, other, content="Hello"), "This one", post_id=post_id)
    make.say(ben, make.talk(ben, ana, make.user("cleo")), "Together")


def test_every_address_in_every_page_resolves(app, sign_in, visitor):
    ana, ben = make.user("ana", bio="Hello #fog"), make.user("ben")
    make.follow(ben, ana)
    posts = [make.post(ana, "Look @ben #fog", photos=n) for n in (1, 3)]
    parent = make.comment(ben, posts[0])
    make.comment(ana, posts[0], "Thanks", parent)
    let_talk(ana, ben, posts[1])
    make.work()
    make.post(ben, published=False)
    start = ["/", "/?view=public", "/new", "/@ana", "/@ben/following", "/settings/profile", f"/p/{posts[0]}/edit"]
    start += ["/messages", *stories(ana, ben)]
    wrong: list[str] = []
    for browser in (sign_in(ben), sign_in(ana), visitor):
        seen: set[str] = set()
        waiting = list(start)
        while waiting:
            path = waiting.pop()
            if path in seen or len(seen) > 80:
                continue
            seen.add(path)
            answer = browser.get(path)
            if answer.status_code >= 400 and not (answer.status_code == 403 or path.endswith("/edit")):
                wrong.append(f"{path} answers {answer.status_code}")
            if answer.mimetype != "text/html":
                continue
            for kind, value in ADDRESS.findall(answer.text):
                value = unescape(value)
                if not value.startswith("/"):
                    continue
                method = "POST" if "post" in kind else "GET"
                if not leads_somewhere(app, value, method):
                    wrong.append(f"{path}: {kind}={value}")
                elif kind == "href" and not value.startswith(("/static", "/api", "/docs")):
                    waiting.append(value.split("#")[0])
            wrong += [
                f"{path}: target #{target}"
                for target in TARGET.findall(answer.text)
                if f'id="{target}"' not in answer.text
            ]
        assert len(seen) > 8
    assert not wrong, sorted(set(wrong))[:20]
