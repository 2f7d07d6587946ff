"""A light mixed load with a journal of all that was acknowledged, and the questions that are asked after a fault.

with Load(site, people) as load:
    with load.fault("Redis refused") as fault:
        site.redis_proxy.refuse()
        fault.wait_for(20)                  # requests that were answered meanwhile
        site.redis_proxy.heal()
    outcome = load.recovered(fault)         # waits until all kinds of requests work again
    load.check()                            # nothing acknowledged is lost, counters equal rows, nobody saw a 500
"""

import itertools
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from tests import make
from tests.faults.site import Breakable, until
from tests.whole import Script

PEOPLE = 4
_PAUSE = 0.05  # seconds between two requests of a person
_PATIENCE = 30  # seconds a client waits for an answer
BROKEN = 0  # "status" of a request whose connection broke or timed out
STORE = "store"  # a request to the storage itself, as a browser sends it


@dataclass(frozen=True)
class Sample:
    """One request: what for, when, how long, and what came back."""

    kind: str
    began: float
    seconds: float
    status: int
    retry_after: bool = False
    detail: str = ""

    @property
    def ended(self) -> float:
        """When the answer was there."""
        return self.began + self.seconds

    @property
    def fine(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300

    @property
    def polite(self) -> bool:
        """Whether it was refused as it ought to be: come back later."""
        return self.status == 503 and self.retry_after


@dataclass
class Journal:
    """What was acknowledged. A fact is (what, who, whom or which); False: acknowledged that it is so no longer."""

    comments: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    posts: set[str] = field(default_factory=set)
    facts: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    doubtful: set[tuple[str, str, str]] = field(default_factory=set)  # of whose last change nobody knows

    def state(self, fact: tuple[str, str, str], holds: bool, acknowledged: bool) -> None:
        """Write down that something was turned on or off, or that nobody knows."""
        if acknowledged:
            self.facts[fact] = holds
        else:  # it may have happened, even later than what comes next
            self.doubtful.add(fact)


@dataclass(frozen=True)
class Outcome:
    """What people noticed of a fault."""

    name: str
    requests: int  # to the site, begun while it lasted
    fine: int
    refused: int  # 503 with Retry-After
    broken: int  # connections that broke
    slowest: float  # seconds, of all requests begun while it lasted
    recovery: float  # seconds from its end to the end of the last request that failed
    lost_uploads: int  # which browsers sent to the storage, past the site


@dataclass
class Fault:
    """A time in which something was broken."""

    name: str
    load: "Load"
    began: float
    healed: float = 0.0

    def wait_for(
        self, number: int, *, kind: str = "", refused: bool = False, working: bool = False, seconds: float = 60
    ) -> None:
        """Let it last until so many requests (of a kind; refused; done) that began in it are answered."""

        def enough() -> bool:
            meant = [s for s in self.load.samples if s.began >= self.began and (not kind or s.kind == kind)]
            return sum((not refused or not one.fine) and (not working or one.fine) for one in meant) >= number

        until(enough, seconds, f"{number} answers during “{self.name}”")


class Load:
    """A few people, a thread each, who read and write in turn, except for the acts of Person named in `without`."""

    def __init__(self, site: Breakable, people: list[Script], *, without: tuple[str, ...] = ()):
        self.site = site
        self.people = people
        self.without = without
        self.samples: list[Sample] = []
        self.journal = Journal()
        self.errors: list[BaseException] = []
        self._stop = threading.Event()
        self._logged = {name: app.log.stat().st_size for name, app in site.apps.items()}
        self._threads = [threading.Thread(target=self._live, args=(person,), daemon=True) for person in people]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        until(lambda: self.errors or len(self.samples) >= 40, 60, "the load is running")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the load, each person after what they are doing."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE + 5)
        if self.errors:
            raise self.errors[0]

    def _live(self, person: Script) -> None:
        try:
            one = Person(self, person)
            acts = [act for act in one.acts() if act.__name__ not in self.without]
            for act in itertools.cycle(acts):
                if self._stop.wait(_PAUSE):
                    return
                act()
        except BaseException as error:
            self.errors.append(error)

    @contextmanager
    def fault(self, name: str) -> Iterator[Fault]:
        """Hold something for a fault from here to the end of the block, where it has to be mended."""
        fault = Fault(name, self, time.monotonic())
        yield fault
        fault.healed = time.monotonic()

    def recovered(self, fault: Fault, within: float = 10) -> Outcome:
        """Wait until every kind of request works again; AssertionError if the last failure was later than `within`."""
        until(lambda: self.errors or self._well_since(fault.healed), within + 30, f"all is well after “{fault.name}”")
        lasting = [sample for sample in self.samples if sample.ended >= fault.began and sample.began <= fault.healed]
        meant = [sample for sample in lasting if sample.kind != STORE]
        failed = [sample.ended for sample in self.samples if not sample.fine and sample.ended > fault.healed]
        outcome = Outcome(
            fault.name,
            requests=len(meant),
            fine=sum(sample.fine for sample in meant),
            refused=sum(sample.polite for sample in meant),
            broken=sum(sample.status == BROKEN for sample in meant),
            slowest=max((sample.seconds for sample in meant), default=0.0),
            recovery=max(failed, default=fault.healed) - fault.healed,
            lost_uploads=sum(sample.kind == STORE and not sample.fine for sample in lasting),
        )
        assert outcome.recovery <= within, outcome
        return outcome

    def _well_since(self, moment: float) -> bool:
        """Tell whether each kind has worked, begun after this moment and after all that failed."""
        last = max((sample.ended for sample in self.samples if not sample.fine), default=0.0)
        worked = {sample.kind for sample in self.samples if sample.fine and sample.began > max(moment, last)}
        return worked >= {sample.kind for sample in self.samples}

    def check(self, *, broken: bool = False, published_within: float = 60) -> float:
        """Stop, then hold the journal against the database. `broken`: whether connections may have been cut.

        Returns for how long it then took until the last photo that was shared is published, in seconds.
        """
        self.stop()
        self._check_answers(broken)
        self._check_logs()
        found = [*self._lost(), *drift(self.site)]
        assert not found, found
        ids = list(self.journal.posts)
        waiting = "SELECT id FROM posts WHERE id = ANY(%s::uuid[]) AND status <> 'published'"
        return until(lambda: not self.site.sql(waiting, ids), published_within, "all shared posts are published")

    def _check_answers(self, broken: bool) -> None:
        wrong = [s for s in self.samples if not s.fine and not s.polite and not (s.status == BROKEN and broken)]
        outside = [s for s in wrong if s.kind == STORE]  # the store's own answers, which are not ours
        assert not [s for s in wrong if s not in outside], Counter((s.kind, s.status, s.detail) for s in wrong)

    def _check_logs(self) -> None:
        for name, size in self._logged.items():
            said = self.site.log(name)[size:]
            assert "unexpected error" not in said, said[said.index("unexpected error") - 3000 :][:6000]

    def _lost(self) -> list[str]:
        """Name what was acknowledged and is not so."""
        site, journal = self.site, self.journal
        lost = []
        for table, texts in (("comments", journal.comments), ("messages", journal.messages)):
            found = Counter(
                row[0] for row in site.sql(f"SELECT content FROM {table} WHERE content = ANY(%s)", list(texts))
            )
            lost += [f"{table}: {text} is there {found[text]} times" for text in texts if found[text] != 1]
        here = {str(row[0]) for row in site.sql("SELECT id FROM posts WHERE id = ANY(%s::uuid[])", list(journal.posts))}
        lost += [f"post {post_id} is gone" for post_id in journal.posts - here]
        true = _facts(site)
        for fact, holds in journal.facts.items():
            if fact not in journal.doubtful and (fact in true) != holds:
                lost.append(f"{fact} should be {holds}")
        return lost


def _facts(site: Breakable) -> set[tuple[str, str, str]]:
    likes = "SELECT 'like', u.username, l.post_id::text FROM likes l JOIN users u ON u.id = l.user_id"
    follows = (
        "SELECT 'follow', a.username, b.username FROM follows f"
        " JOIN users a ON a.id = f.follower_id JOIN users b ON b.id = f.followee_id"
    )
    return set(site.sql(f"{likes} UNION ALL {follows}"))


# What counters say, and what they should. Nobody here is hidden, so that every row counts.
_COUNTERS = {
    "likes": "SELECT p.id, p.like_count, (SELECT count(*) FROM likes l WHERE l.post_id = p.id) FROM posts p",
    "comments": "SELECT p.id, p.comment_count, (SELECT count(*) FROM comments c WHERE c.post_id = p.id"
    " AND c.deleted_at IS NULL) FROM posts p",
    "posts": "SELECT u.username, u.post_count, (SELECT count(*) FROM posts p WHERE p.author_id = u.id"
    " AND p.status = 'published') FROM users u",
    "followers": "SELECT u.username, u.follower_count, (SELECT count(*) FROM follows f WHERE f.followee_id = u.id)"
    " FROM users u",
    "following": "SELECT u.username, u.following_count, (SELECT count(*) FROM follows f WHERE f.follower_id = u.id)"
    " FROM users u",
}


def drift(site: Breakable) -> list[str]:
    """Name every counter that does not equal its rows."""
    return [
        f"{name} of {subject}: counted {counter}, there are {number}"
        for name, statement in _COUNTERS.items()
        for subject, counter, number in site.sql(f"SELECT * FROM ({statement}) AS t (s, a, b) WHERE a <> b")
    ]


class Person:
    """Somebody of the load: acts, one after the other, each a request or two, written into samples and journal."""

    def __init__(self, load: Load, script: Script):
        self.load, self.script, self.journal = load, script, load.journal
        self.site = load.site
        self.others = [other for other in load.people if other is not script]
        self.random = random.Random(script.name)
        self.photo = make.photo(320, 240, f"#{self.random.randrange(1 << 24):06x}")

    def acts(self) -> list[Callable[[], None]]:
        """Return what people do, in an order that differs from person to person."""
        acts = [
            self.feed_page, self.feed, self.profile_page, self.profile, self.post_page, self.post,
            self.comment, self.like, self.unlike, self.message, self.follow, self.unfollow, self.upload,
        ]  # fmt: skip
        self.random.shuffle(acts)
        return acts

    def ask(self, kind: str, method: str, url: str, **options: object) -> requests.Response | None:
        """Send a request and write down what came of it; None if nothing came back."""
        began = time.monotonic()
        try:
            answer = requests.request(method, url, timeout=_PATIENCE, allow_redirects=False, **options)
        except requests.RequestException as error:
            self.load.samples.append(Sample(kind, began, time.monotonic() - began, BROKEN, detail=type(error).__name__))
            return None
        self.load.samples.append(
            Sample(
                kind, began, time.monotonic() - began, answer.status_code, "Retry-After" in answer.headers,
                "" if answer.ok else answer.text[:300],
            )
        )  # fmt: skip
        return answer

    def call(self, kind: str, method: str, path: str, **options: object) -> requests.Response | None:
        """Ask the API as this person."""
        headers = {**self.script.headers, **options.pop("headers", {})}
        return self.ask(kind, method, f"{self.site.url}/api/v1{path}", headers=headers, **options)

    def page(self, kind: str, path: str) -> None:
        """Read a page with a browser's cookie."""
        self.ask(kind, "GET", self.site.url + path, cookies={"tintype_session": self.script.cookie})

    @property
    def other(self) -> Script:
        """Somebody else."""
        return self.random.choice(self.others)

    def feed_page(self) -> None:
        self.page("feed page", "/")

    def feed(self) -> None:
        self.call("feed", "GET", "/feed")

    def profile_page(self) -> None:
        self.page("profile page", f"/@{self.other.name}")

    def profile(self) -> None:
        self.call("profile", "GET", f"/users/{self.other.name}")

    def post_page(self) -> None:
        self.page("post page", f"/p/{self.other.first_post}")

    def post(self) -> None:
        self.call("post", "GET", f"/posts/{self.other.first_post}")

    def comment(self) -> None:
        words = f"A comment of {self.script.name}, {uuid.uuid4()}"
        answer = self.call("comment", "POST", f"/posts/{self.other.first_post}/comments", json={"content": words})
        if answer is not None and answer.status_code == 201:
            self.journal.comments.add(words)

    def message(self) -> None:
        words = f"A message of {self.script.name}, {uuid.uuid4()}"
        path = f"/conversations/{self.script.conversation}/messages"
        answer = self.call("message", "POST", path, json={"content": words})
        if answer is not None and answer.status_code == 201:
            self.journal.messages.add(words)

    def like(self) -> None:
        self._turn("like", self.other.first_post, "POST", "/posts/{}/like")

    def unlike(self) -> None:
        self._turn("like", self.other.first_post, "DELETE", "/posts/{}/like")

    def follow(self) -> None:
        self._turn("follow", self.other.name, "POST", "/users/{}/follow")

    def unfollow(self) -> None:
        self._turn("follow", self.other.name, "DELETE", "/users/{}/follow")

    def _turn(self, what: str, whom: str, method: str, path: str) -> None:
        answer = self.call(what, method, path.format(whom))
        acknowledged = answer is not None and answer.status_code == 200
        self.journal.state((what, self.script.name, whom), method == "POST", acknowledged)

    def upload(self) -> None:
        """Share a photo, each step a request of its own."""
        asked = {"filename": "a.jpg", "content_type": "image/jpeg", "size": len(self.photo)}
        begun = self.call("upload", "POST", "/media/uploads", json=asked)
        if begun is None or not begun.ok:
            return
        target = begun.json()["upload"]
        stored = self.ask(STORE, "PUT", target["url"], data=self.photo, headers=target["headers"])
        if stored is None or not stored.ok:
            return
        media_id = begun.json()["id"]
        done = self.call("complete", "POST", f"/media/uploads/{media_id}/complete")
        if done is None or not done.ok:
            return
        shared = self.call("share", "POST", "/posts", json={"media_ids": [media_id], "caption": "Of a mixed day"})
        if shared is not None and shared.status_code == 202:
            self.journal.posts.add(shared.json()["id"])


def people_of(site: Breakable) -> list[Script]:
    """Register the people of the load; each has a post, a cookie, and a conversation with the next."""
    made = [site.person(f"load_{number}") for number in range(PEOPLE)]
    for number, person in enumerate(made):
        person.cookie = person.key()
        person.first_post = person.post(make.photo(200, 200, f"#10{number}010"))
        other = made[(number + 1) % len(made)].name
        begun = person.call("POST", "/conversations", json={"usernames": [other], "content": "Hello"})
        assert begun.ok, begun.text
        person.conversation = begun.json()["id"]
    return made
