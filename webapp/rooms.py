"""The rooms, lowest first: a room may use those above its own line, never those below.

This is the table of contents, the registration and the import law in one.
"""

from apiflask import APIFlask

from webapp.account import api as account_api
from webapp.account import pages as account_pages
from webapp.admin import api as admin_api
from webapp.admin import pages as admin_pages
from webapp.auth import api as auth_api
from webapp.auth import pages as auth_pages
from webapp.comments import api as comments_api
from webapp.comments import pages as comments_pages
from webapp.feed import api as feed_api
from webapp.feed import pages as feed_pages
from webapp.graph import api as graph_api
from webapp.graph import pages as graph_pages
from webapp.live import api as live_api
from webapp.live import pages as live_pages
from webapp.media import api as media_api
from webapp.messages import api as messages_api
from webapp.messages import pages as messages_pages
from webapp.moderation import api as moderation_api
from webapp.moderation import pages as moderation_pages
from webapp.notifications import api as notifications_api
from webapp.notifications import pages as notifications_pages
from webapp.policy import api as policy_api
from webapp.policy import pages as policy_pages
from webapp.posts import api as posts_api
from webapp.posts import pages as posts_pages
from webapp.profiles import pages as profiles_pages
from webapp.search import api as search_api
from webapp.search import pages as search_pages
from webapp.stories import api as stories_api
from webapp.stories import pages as stories_pages
from webapp.users import api as users_api
from webapp.users import pages as users_pages

API = "/api/v1"

# room: its faces; the paths are those of the specification
ROOMS = {
    "policy": (policy_api, policy_pages),  # the site's own rules: filters, who may join, options, the record
    "media": (media_api,),  # uploads, processing, variants (its pages are other rooms' forms)
    "users": (users_api, users_pages),  # the user shape, profile edits, avatar, /settings
    "auth": (auth_api, auth_pages),  # register, sign in and out, two-step, passkeys, tokens, sessions
    "graph": (graph_api, graph_pages),  # follow, block, mute, restrict, close friends, suggestions
    "notifications": (notifications_api, notifications_pages),  # who did what to one, settings
    "posts": (posts_api, posts_pages),  # compose, publish, edit, delete; like, repost, save; tags, places
    "comments": (comments_api, comments_pages),  # threads, and the post's page /p/{id}
    "messages": (messages_api, messages_pages),  # conversations, requests, what is said
    "stories": (stories_api, stories_pages),  # photos for a day, who saw them, highlights
    "feed": (feed_api, feed_pages),  # / and what stands in it
    "search": (search_api, search_pages),  # people, posts, tags by what is typed
    "profiles": (profiles_pages,),  # /@…
    "account": (account_api, account_pages),  # hide, come back, delete; what sanctions do to an account
    "moderation": (moderation_api, moderation_pages),  # reports, cases, sanctions, appeals
    "admin": (admin_api, admin_pages),  # users, posts, record, jobs, figures, settings
    "live": (live_api, live_pages),  # the stream of events to open pages
}


def install(app: APIFlask) -> None:
    """Register the faces of every room."""
    for faces in ROOMS.values():
        for face in faces:
            app.register_blueprint(face.bp, url_prefix=API if face.__name__.endswith(".api") else None)
