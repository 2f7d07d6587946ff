"""What people do, as requests ready to be sent."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.crowd import Crowd
from bench.requests import Requests, dashed, each, get, press
from bench.site import Site

_SEARCHES = [
    f"/search?kind=posts&q={words}"
    for words in ("light", "kitchen+octob", "%23film", "bridge+riga", "fog+fields", "%23winter12days", "expired+2009")
]


@dataclass(frozen=True)
class Scenario:
    """One thing that people do. `make` returns requests to `server`, dealt out to the clients in blocks of `block`."""

    key: str
    title: str
    make: Callable[[float], Requests]
    again: bool = True
    block: int = 1
    server: str = "web"

    def deal(self, clients: int, seconds: float) -> list[Requests]:
        """Give each client requests of its own."""
        requests = self.make(seconds)
        blocks = [requests[start : start + self.block] for start in range(0, len(requests), self.block)]
        mine = [blocks[client::clients] or blocks for client in range(clients)]
        return [[one for block in one_by_one for one in block] for one_by_one in mine]


def scenarios(site: Site) -> list[Scenario]:
    """Return everything that is measured, in the order of the table."""
    crowd = Crowd(site)
    return [*_feeds(crowd), *_pages(crowd), *_writes(crowd)]


def _feeds(crowd: Crowd) -> list[Scenario]:
    feeds = [
        Scenario(f"feed-{count}", f"feed, {count:,} followings", lambda _, n=count: each(crowd.cohorts[n], "/"))
        for count in sorted(crowd.site.community.cohorts)
    ]
    return [
        Scenario("feed", "feed, mixed viewers", lambda _: each(crowd.viewers, "/")),
        *feeds,
        Scenario("feed-private", "feed of private accounts alone", lambda _: each(crowd.insiders, "/")),
        Scenario("part", "feed, its part for htmx", lambda _: each(crowd.viewers, "/", "HX-Request: true")),
        Scenario("older", "older posts (htmx, page two)", lambda _: crowd.older),
        Scenario("json", "feed as JSON", lambda _: each(crowd.viewers, "/api/v1/feed")),
        Scenario("for-you", "for you", lambda _: each(crowd.viewers, "/?view=for_you")),
        Scenario("explore", "explore", lambda _: each(crowd.viewers, "/explore")),
        Scenario("rank", "for you, ranked anew (JSON)", crowd.rankings),
    ]


def _pages(crowd: Crowd) -> list[Scenario]:
    community = crowd.site.community
    names = [f"/@{name}" for name in community.usernames]
    posts = [f"/p/{dashed(post)}" for post in community.post_ids]
    return [
        Scenario("profile", "profile", lambda _: crowd.everywhere(names)),
        Scenario("post", "post with comments", lambda _: crowd.everywhere(posts)),
        Scenario("people", "people as one types (htmx)", lambda _: crowd.typing(community.usernames, "people")),
        Scenario("search", "posts with a word", lambda _: crowd.everywhere(_SEARCHES)),
        Scenario("stories", "everybody with stories", lambda _: each(crowd.viewers, "/stories")),
        Scenario("rings", "rings of stories (JSON)", lambda _: each(crowd.viewers, "/api/v1/stories/feed")),
        Scenario("talk", "conversation", lambda _: [get(path, person) for person, path in crowd.talks]),
        Scenario("notifications", "notifications", lambda _: each(crowd.viewers, "/notifications")),
    ]


def _writes(crowd: Crowd) -> list[Scenario]:
    said = "See you at the bridge, then."
    return [
        Scenario("like", "like, unlike (each counts)", crowd.likes, block=2),
        Scenario("follow", "follow, unfollow (each counts)", crowd.follows, block=2),
        Scenario("comment", "comment (htmx)", crowd.comments),
        Scenario("create", "create a post (JSON)", crowd.creations, again=False),
        Scenario("send", "send a message (htmx)", lambda _: [press(at, who, content=said) for who, at in crowd.talks]),
        Scenario("presign", "begin an upload (JSON)", crowd.uploads),
    ]
