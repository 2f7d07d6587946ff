"""What people have beside posts: stories, conversations, notifications. Added to a community, whose rows stay.

At scale 1: 5,000 stories, 21,000 conversations and groups with 420,000 messages, 89,000 notifications of what the
community's likes, comments and follows would have told. Stories do not end, so that every run finds the same.
"""

from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import NamedTuple

from bench import rows, words
from bench.data import Community, moment_of, person_of, post_of
from webapp.core import folding

VERSION = 1  # count up with any change that changes a row
_LATER = "2100-01-01T00:00:00+00:00"
_DAY, _HOUR = 86400, 3600
_TOLD, _ACTORS, _UNREAD = 6, 20, 3  # newest posts told of, people named in one notification, what is not read yet
_MESSAGES = "id, conversation_id, seq, sender_id, content, words, created_at"
_PLACES = "conversation_id, user_id, state, read_seq, seen_seq, newest_seq, newest_at, listed, joined_at"
_TALKS = "id, kind, title, low_id, high_id, last_seq, created_at, updated_at"
_STORIES = "id, author_id, media_id, caption, audience, status, created_at, published_at, expires_at"
_NOTES = "id, recipient_id, type, post_id, comment_id, seq, latest_at, read_at"
_EVENTS = "actor_id, type, subject_id, recipient_id, notification_id, comment_id, created_at"


class Talk(NamedTuple):
    """A conversation: who takes part, how many messages it has, when it began (seconds since START)."""

    id: str
    people: tuple[str, ...]
    count: int
    began: float
    kind: str = "direct"


class Note(NamedTuple):
    """A notification and its causes: (actor, what it was done to, the comment that says it, moment)."""

    id: str
    recipient: str
    type: str
    post: str | None
    causes: list[tuple[str, str, str | None, float]]

    @property
    def latest(self) -> float:
        """When the newest cause was."""
        return self.causes[-1][3]


class Everyday:
    """Stories, conversations and notifications of a community."""

    def __init__(self, community: Community) -> None:
        self.community = community
        self.talks = list(self._talks())
        dice = Random("everyday authors")  # noqa: S311 (no secrets)
        authors = [person for person in range(community.size) if dice.random() < 0.2]
        # moments and authors of stories
        self.told = sorted(
            (rows.SECONDS - dice.random() * _DAY, author) for author in authors for _ in range(dice.randint(1, 4))
        )
        self.own: dict[str, Talk] = {}  # each person's first conversation of two
        for talk in self.talks:
            if talk.kind == "direct":
                for person in talk.people:
                    self.own.setdefault(person, talk)

    def tables(self) -> list[rows.Table]:
        """Return every table in turn."""
        return [*self._stories(), *talk_tables(self.talks, self.own, "everyday"), *self._notes()]

    def _talks(self) -> Iterator[Talk]:
        """Let each person write to two whom they follow, and one in ten begin a group."""
        made, rng, known = self.community, Random("everyday talks"), set()  # noqa: S311 (no secrets)
        for person, chosen in enumerate(made.followings):
            for other in chosen[:2]:
                pair = (min(person, other), max(person, other))
                if pair not in known:
                    known.add(pair)
                    yield self._talk(rng, [made.person_ids[number] for number in pair])
            if rng.random() < 0.1 and len(chosen) > 2:
                people = [person, *rng.sample(chosen, min(len(chosen), rng.randint(2, 6)))]
                yield self._talk(rng, [made.person_ids[number] for number in people], "group")

    def _talk(self, rng: Random, people: list[str], kind: str = "direct") -> Talk:
        began = rng.random() * rows.SECONDS * 0.8
        count = min(300, max(1, round(rng.lognormvariate(2.6, 0.9))))
        return Talk(rows.uuid7(rng, began), tuple(people), count, began, kind)

    def _stories(self) -> list[rows.Table]:
        """Let one person in five have some stories; viewers have seen some of those of whom they follow."""
        made, rng = self.community, Random("everyday stories")  # noqa: S311 (no secrets)
        ids, photos = ([rows.uuid7(rng, moment) for moment, _ in self.told] for _ in range(2))
        media = [
            rows.photo(rng, photo, made.person_ids[author], "story", None, 0, moment, public=False, used=True)
            for photo, (moment, author) in zip(photos, self.told, strict=True)
        ]
        lines = [
            rows.line(
                story, made.person_ids[author], photo, "", "followers", "published", *[rows.stamp(at)] * 2, _LATER
            )
            for story, photo, (at, author) in zip(ids, photos, self.told, strict=True)
        ]
        by: dict[int, list[str]] = {}
        for story, (_, author) in zip(ids, self.told, strict=True):
            by.setdefault(author, []).append(story)
        seen = [
            rows.line(story, made.person_ids[viewer], rows.stamp(rows.SECONDS - 60))
            for viewer in made.viewers
            for author in made.followings[viewer]
            for story in by.get(author, ())
            if rng.random() < 0.4
        ]
        return [
            rows.table("media", rows.MEDIA, media),
            rows.table("stories", _STORIES, lines),
            rows.table("story_views", "story_id, viewer_id, seen_at", seen),
        ]

    def _notes(self) -> list[rows.Table]:
        """Tell everybody of what was done with their newest posts, and who began to follow them."""
        notes = sorted([*self._of_posts(), *self._of_follows()], key=lambda note: (note.latest, note.id))
        unread: dict[str, int] = {}
        for note in reversed(notes):
            unread[note.recipient] = unread.get(note.recipient, 0) + 1
        lines, events = [], []
        for seq, note in enumerate(notes, 1):
            read = unread[note.recipient] > _UNREAD
            unread[note.recipient] -= 1
            read_at = rows.stamp(min(note.latest + _HOUR, rows.SECONDS - 1)) if read else None
            lines.append(
                rows.line(note.id, note.recipient, note.type, note.post, None, seq, rows.stamp(note.latest), read_at)
            )
            events += [
                rows.line(actor, note.type, subject, note.recipient, note.id, comment, rows.stamp(at))
                for actor, subject, comment, at in note.causes
            ]
        return [rows.table("notifications", _NOTES, lines), rows.table("notification_events", _EVENTS, events)]

    def _of_posts(self) -> Iterator[Note]:
        made, rng = self.community, Random("everyday notifications")  # noqa: S311 (no secrets)
        left = [_TOLD] * made.size
        newest: set[int] = set()
        for post in reversed(range(len(made.authors))):
            if left[made.authors[post]]:
                left[made.authors[post]] -= 1
                newest.add(post)
        causes: dict[tuple[int, str], list[tuple[str, str, str | None, float]]] = {}
        for event in made.likes:
            if (post := post_of(event)) in newest:
                actor = made.person_ids[person_of(event)]
                causes.setdefault((post, "like"), []).append((actor, made.post_ids[post], None, moment_of(event)))
        for number, event in enumerate(made.comments):
            if (post := post_of(event)) in newest:
                actor, said = made.person_ids[person_of(event)], made.comment_ids[number]
                causes.setdefault((post, "comment"), []).append((actor, said, said, moment_of(event)))
        for (post, kind), found in causes.items():
            recipient = made.person_ids[made.authors[post]]
            yield Note(rows.uuid7(rng, found[0][3]), recipient, kind, made.post_ids[post], found[-_ACTORS:])

    def _of_follows(self) -> Iterator[Note]:
        made, rng = self.community, Random("everyday followers")  # noqa: S311 (no secrets)
        for person, followers in enumerate(made.followers):
            if followers:
                me, moment = made.person_ids[person], rng.random() * rows.SECONDS
                causes = [(made.person_ids[other], me, None, moment) for other in followers[-_ACTORS:]]
                yield Note(rows.uuid7(rng, moment), me, "follow", None, list(causes))


def talk_tables(talks: list[Talk], own: dict[str, Talk], seed: str) -> list[rows.Table]:
    """Write conversations down with all that was said. In `own`, a person's, everything is read."""
    rng, heads, places, said = Random(f"{seed} messages"), [], [], []  # noqa: S311 (no secrets)
    texts = [(text, rows.vector(folding.words(text))) for text in words.comments(rng, 512)]
    for talk in talks:
        pace = (rows.SECONDS - 1 - talk.began) / (talk.count + 1)
        moments = list(accumulate(rng.random() * pace for _ in range(talk.count)))
        moments = [talk.began + moment for moment in moments]
        for seq, moment in enumerate(moments, 1):
            sender = talk.people[rng.randrange(len(talk.people))]
            text, vector = texts[rng.randrange(512)]
            said.append(rows.line(rows.uuid7(rng, moment), talk.id, seq, sender, text, vector, rows.stamp(moment)))
        began, last = rows.stamp(talk.began), rows.stamp(moments[-1])
        two = sorted(talk.people) if talk.kind == "direct" else (None, None)
        heads.append(rows.line(talk.id, talk.kind, "", *two, talk.count, began, last))
        for person in talk.people:
            behind = 0 if own.get(person) is talk or rng.random() < 0.7 else min(talk.count, rng.randint(1, 5))
            read = talk.count - behind
            places.append(rows.line(talk.id, person, "accepted", read, read, talk.count, last, "t", began))
    return [
        rows.table("conversations", _TALKS, heads),
        rows.table("participants", _PLACES, places),
        rows.table("messages", _MESSAGES, said),
    ]
