"""Who may see and do what: the only place that decides it.

Every read starts from one of these: `visible_…(viewer)` gives a Select of what there is for this viewer; what is
hidden is simply not found. `may(viewer, verb, thing)` answers whether the viewer may do it.
"""

from webapp.visibility.addresses import MediaUrls, addresses
from webapp.visibility.permissions import confirmed_first, may, verbs
from webapp.visibility.sight import (
    PUBLISHED,
    STANDING,
    accounts,
    approachable_users,
    comments_below,
    in_sight,
    own_comments,
    own_held,
    own_media,
    own_posts,
    present,
    silent,
    unmuted,
    unread_notifications,
    visible_authors,
    visible_comments,
    visible_events,
    visible_notifications,
    visible_posts,
    visible_users,
)
from webapp.visibility.talks import (
    faced,
    said_in,
    shunned,
    unread,
    unread_conversations,
    visible_conversations,
    visible_messages,
)
from webapp.visibility.viewer import NOBODY, VISITOR, Face, Viewer, stand_in

__all__ = [
    "NOBODY",
    "PUBLISHED",
    "STANDING",
    "VISITOR",
    "Face",
    "MediaUrls",
    "Viewer",
    "accounts",
    "addresses",
    "approachable_users",
    "comments_below",
    "confirmed_first",
    "faced",
    "in_sight",
    "may",
    "own_comments",
    "own_held",
    "own_media",
    "own_posts",
    "present",
    "said_in",
    "shunned",
    "silent",
    "stand_in",
    "unmuted",
    "unread",
    "unread_conversations",
    "unread_notifications",
    "verbs",
    "visible_authors",
    "visible_comments",
    "visible_conversations",
    "visible_events",
    "visible_messages",
    "visible_notifications",
    "visible_posts",
    "visible_users",
]
