"""Put the made-up community into a site, through the site's own actions."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing import get_context

import click
from sqlalchemy import delete, select, update

import jobs
from demo import diary, past, pictures, reports, talks
from demo.people import PEOPLE
from demo.plan import CURATOR, Picture, Plan, Planned, plan
from webapp.auth import actions as auth
from webapp.auth.schemas import Registration
from webapp.comments import actions as comments
from webapp.comments.schemas import NewComment
from webapp.core import clock, db, log, outbox
from webapp.graph import actions as graph
from webapp.media import actions as media
from webapp.media import formats, processing
from webapp.models import Comment, Like, Media, Notification, Post, Repost, User
from webapp.notifications.causes import KINDS
from webapp.posts import actions as posts
from webapp.posts import reactions
from webapp.posts.schemas import NewPost
from webapp.users import actions as users
from webapp.users import queries as user_queries
from webapp.users.schemas import ProfileChange
from webapp.visibility import Viewer

PASSWORDS = {"demo": "demo-password", "curator": "curator-password"}
_NEWS = "jobs.notifications."
Drawn = tuple[bytes, formats.Processed]


def seed(count: int) -> None:
    """Fill the site, showing how far it is. A site that has the person `demo` already is left as it is."""
    jobs.app()
    log.configure("ERROR")  # the bar is what one looks at, not what a busy machine is slow with
    outbox.hold_back()
    with db.unit(reading=True):
        if user_queries.taken("curator"):
            click.echo("The demo community is here already.")
            return
        if user_queries.taken("demo"):
            raise click.ClickException("A demo was begun here and not finished. Delete the data folder and begin anew.")
    community = plan(posts=count)
    tasks = [Picture("portrait", number, (480, 480)) for number in range(len(PEOPLE))]
    tasks += [picture for post in community.posts for picture in post.pictures]
    made = diary.moments(community)
    tasks += [moment.picture for moment in made]
    steps = len(tasks) + 1
    with get_context("fork").Pool(2) as pool, click.progressbar(length=steps, label="Drawing a community") as bar:
        drawn = _counted(pool.imap(draw, tasks), bar)
        faces = [next(drawn) for _ in PEOPLE]
        people = {number: _person(number, face) for number, face in enumerate(faces) if number != CURATOR}
        _follow(people, community)
        for post in community.posts:
            _share(people, post, [next(drawn) for _ in post.pictures])
        diary.share(people, made, _photo, drawn)
        talks.talk(people, community)
        reports.file(people)
        _work()
        jobs.now(_lay_by)
        jobs.now(past.count)
        _person(CURATOR, faces[CURATOR])  # last: its presence says that all is there
        bar.update(1)


def _counted(found: Iterator[Drawn], bar: object) -> Iterator[Drawn]:
    for one in found:
        bar.update(1)  # type: ignore[attr-defined]
        yield one


def draw(picture: Picture) -> Drawn:
    """Draw one picture and its variants, in a process beside this one."""
    data = pictures.draw(picture.kind, picture.seed, picture.size)
    return data, processing.variants(data)


def _person(number: int, face: Drawn) -> Viewer:
    person = PEOPLE[number]
    password = PASSWORDS.get(person.username) or uuid.uuid4().hex
    asked = Registration(username=person.username, email=f"{person.username}@example.org", password=password)
    role = "admin" if person.username == "curator" else "user"
    user_id = jobs.now(lambda: auth.register(asked, role=role, trusted=True))
    viewer = Viewer(user_id, person.username, role=role)
    change = ProfileChange(display_name=person.name, bio=person.bio, links=list(person.links))
    jobs.now(lambda: users.edit(viewer, change))
    if number % 9 != 8:  # some people have no picture of themselves
        face_id = _photo(viewer, face, "avatar")
        jobs.now(lambda: users.set_avatar(viewer, face_id))
        _work()
    return viewer


def _photo(viewer: Viewer, drawn: Drawn, purpose: str) -> uuid.UUID:
    """Store a drawn picture as an uploaded and processed one."""
    data, made = drawn

    def add() -> Media:
        row = Media(owner_id=viewer.id, purpose=purpose, status="processing", content_type="image/jpeg", size=len(data))
        db.add(row)
        return row

    row = jobs.now(add)
    media.store(row, data, made)
    jobs.now(lambda: media.finish(row.id, made))
    return row.id


def _follow(people: dict[int, Viewer], community: Plan) -> None:
    def follow() -> None:
        for one, other in community.follows:
            graph.follow(people[one], people[other].username)

    jobs.now(follow)


def _share(people: dict[int, Viewer], planned: Planned, drawn: list[Drawn]) -> None:
    author = people[planned.author]
    ids = [_photo(author, one, "post") for one in drawn]
    alts = {i: pictures.describe(p.kind, p.seed) for i, p in zip(ids, planned.pictures, strict=True)}
    asked = NewPost(media_ids=ids, alts=alts, caption=planned.caption, location=planned.place)
    post_id = jobs.now(lambda: posts.create(author, asked)).id
    _work()
    jobs.now(lambda: _talk(people, planned, post_id))


def _talk(people: dict[int, Viewer], planned: Planned, post_id: uuid.UUID) -> None:
    """Let people like and comment, and set everything back to when it is said to have happened."""
    begun = clock.now() - timedelta(minutes=planned.age)
    db.execute(update(Post).where(Post.id == post_id).values(created_at=begun, published_at=begun))
    for person in planned.likes:
        reactions.like(people[person], post_id)
    db.execute(update(Like).where(Like.post_id == post_id).values(created_at=begun + timedelta(minutes=2)))
    for person in planned.reposts:
        reactions.repost(people[person], post_id)
        db.execute(update(Repost).where(Repost.post_id == post_id).values(created_at=begun + timedelta(minutes=2)))
    for remark in planned.remarks:
        parent = comments.create(people[remark.author], post_id, NewComment(content=remark.words))
        _date(parent, begun + timedelta(minutes=remark.minutes))
        for author, words, minutes in remark.replies:
            reply = comments.create(people[author], post_id, NewComment(content=words, parent_id=parent))
            _date(reply, begun + timedelta(minutes=minutes))


def _date(comment_id: uuid.UUID, moment: object) -> None:
    db.execute(update(Comment).where(Comment.id == comment_id).values(created_at=moment))


def _lay_by() -> None:
    """Let people have read what they were told more than three days ago."""
    old = Notification.latest_at < clock.now() - timedelta(days=3)
    db.execute(update(Notification).where(old).values(read_at=Notification.latest_at))


def _work() -> None:
    """Do the jobs that wait, here and now: no worker runs yet. Only such news is told as will be read."""
    jobs.now(_drop_news)
    with db.unit(reading=True):
        waiting = db.rows(select(outbox.Outbox.id).where(outbox.Outbox.status == "queued"))
    for row in waiting:
        jobs.run(str(row.id))


def _drop_news() -> None:
    """Leave out what anybody but `demo` would be told: nobody signs in as they."""
    table = outbox.Outbox.__table__
    reader = db.scalar(select(User.id).where(User.username == "demo"))
    queued = select(table.c.id, table.c.arguments).where(table.c.status == "queued", table.c.job.like(f"{_NEWS}%"))
    idle = []
    for row in db.rows(queued):
        kind, actor, subject = row.arguments
        causes = KINDS[kind][1](uuid.UUID(actor), uuid.UUID(subject))
        idle += [] if any(cause.recipient_id == reader for cause in causes) else [row.id]
    db.execute(delete(table).where(table.c.id.in_(idle)))
