"""The tables: columns, constraints, indexes and facts of one row. No session, no query, no Flask.

Importing this package makes all of them known to the one metadata.
"""

from webapp.core.idempotency import IdempotencyKey
from webapp.core.outbox import Outbox
from webapp.core.sessions import UserSession
from webapp.models.comment import Comment, CommentLike
from webapp.models.media import Media
from webapp.models.post import Post, PostTag
from webapp.models.reaction import Like, Repost, Save
from webapp.models.relation import Block, CloseFriend, Follow, FollowRequest, Mute, Restriction
from webapp.models.search import PostWords, Tag, TagFollow, UserWords
from webapp.models.token import ApiToken, SignInFailure
from webapp.models.user import PastUsername, User

__all__ = [
    "ApiToken",
    "Block",
    "CloseFriend",
    "Comment",
    "CommentLike",
    "Follow",
    "FollowRequest",
    "IdempotencyKey",
    "Like",
    "Media",
    "Mute",
    "Outbox",
    "PastUsername",
    "Post",
    "PostTag",
    "PostWords",
    "Repost",
    "Restriction",
    "Save",
    "SignInFailure",
    "Tag",
    "TagFollow",
    "User",
    "UserSession",
    "UserWords",
]
