"""The community's stories: some of today, some that are kept on profiles."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import update

import jobs
from demo import darkroom
from demo.people import PEOPLE
from demo.plan import CURATOR, Picture, Plan
from webapp.core import clock, db
from webapp.graph import circles
from webapp.models import Story
from webapp.stories import actions, highlights
from webapp.stories.schemas import NewHighlight, NewStory
from webapp.visibility import Viewer

SIZE = (720, 1280)
_CAPTIONS = (
    "", "", "Right now.", "Five minutes from the door.", "And then it cleared up.", "More of this tomorrow.",
    "No filter, no umbrella.", "Somebody has been here before me.", "Back before the others wake up.",
)  # fmt: skip
_KEPT = ("Quiet ones", "Summer", "Around here")


@dataclass(frozen=True)
class Moment:
    """One story; `age` in minutes, `seen_by` people by their index."""

    author: int
    picture: Picture
    caption: str
    audience: str
    age: int
    seen_by: tuple[int, ...]


def moments(community: Plan, seed: int = 1) -> tuple[Moment, ...]:
    """Make up stories of the day, by `demo` and by people whom it follows, the oldest first."""
    rng = darkroom.dice("moments", seed)
    followed = sorted(other for one, other in community.follows if one == 0)
    authors = [0, *rng.sample(followed, min(9, len(followed)))]
    made = [
        _moment(rng, community, author, number)
        for number, author in enumerate(author for author in authors for _ in range(rng.choice((1, 1, 2, 3))))
    ]
    return tuple(sorted(made, key=lambda moment: -moment.age))


def _moment(rng: Random, community: Plan, author: int, number: int) -> Moment:
    picture = Picture(rng.choice(PEOPLE[author].kinds), 5000 + number, SIZE)
    readers = tuple(one for one, other in community.follows if other == author and one != 0 and rng.random() < 0.5)
    audience = "close_friends" if number % 7 == 5 else "followers"
    seen = readers if audience == "followers" and author != CURATOR else ()
    return Moment(author, picture, rng.choice(_CAPTIONS), audience, rng.randint(4, 1200), seen)


def share(
    people: dict[int, Viewer], made: tuple[Moment, ...], photo: Callable[[Viewer, Any, str], uuid.UUID],
    drawn: Iterator[Any],
) -> None:  # fmt: skip
    """Let people share these stories, see them, and keep some."""
    kept: dict[int, list[uuid.UUID]] = {}
    for moment, picture in zip(made, [next(drawn) for _ in made], strict=True):
        author = people[moment.author]
        media_id = photo(author, picture, "story")
        asked = NewStory(media_id=media_id, caption=moment.caption, audience=moment.audience)  # type: ignore[arg-type]
        story_id = jobs.now(partial(actions.create, author, asked)).id
        jobs.now(partial(_happen, people, moment, story_id))
        kept.setdefault(moment.author, []).append(story_id)
    for number, author_id in enumerate(sorted(kept, key=lambda one: (one != 0, -len(kept[one])))[:3]):
        asked_for = NewHighlight(title=_KEPT[number], story_ids=kept[author_id])
        jobs.now(partial(highlights.create, people[author_id], asked_for))


def _happen(people: dict[int, Viewer], moment: Moment, story_id: uuid.UUID) -> None:
    """Set a story back to when it is said to have been shared, and let people see it."""
    begun = clock.now() - timedelta(minutes=moment.age)
    values = {"created_at": begun, "published_at": begun, "expires_at": begun + timedelta(days=1)}
    db.execute(update(Story).where(Story.id == story_id).values(values))
    for person in moment.seen_by:
        actions.view(people[person], story_id)
    if moment.audience == "close_friends" and moment.author != 0:
        circles.add_close_friend(people[moment.author], people[0].username)
