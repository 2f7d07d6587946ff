"""The tables: columns, constraints, indexes and facts of one row. No session, no query, no Flask.

Importing this package makes all of them known to the one metadata.
"""

from webapp.core.idempotency import IdempotencyKey
from webapp.core.mailer import Mail
from webapp.core.options import OptionChange, SiteOption
from webapp.core.outbox import Outbox
from webapp.core.runs import ClockJob, ClockRun
from webapp.core.sessions import UserSession
from webapp.models.comment import Comment, CommentLike
from webapp.models.factor import Passkey, PasskeyChallenge, RecoveryCode, Totp
from webapp.models.media import Media, StorageFinding
from webapp.models.message import Conversation, Message, Participant
from webapp.models.moderation import Appeal, Case, CaseNote, Notice, Report, Sanction
from webapp.models.notification import Notification, NotificationChoice, NotificationEvent, PushSubscription
from webapp.models.policy import (
    AccessRule,
    Announcement,
    AuditEntry,
    BlockedHash,
    DayFigures,
    Filter,
    Invite,
    Joining,
)
from webapp.models.post import Post, PostPerson, PostTag
from webapp.models.reaction import Like, Repost, Save, SaveFolder
from webapp.models.relation import Block, CloseFriend, Follow, FollowRequest, Mute, Restriction
from webapp.models.search import PostWords, Tag, TagFollow, UserWords
from webapp.models.story import Highlight, HighlightStory, Story, StoryView
from webapp.models.token import ApiToken, MailKey, SignInFailure
from webapp.models.user import PastUsername, RetiredName, User, UserSettings

__all__ = [
    "AccessRule",
    "Announcement",
    "ApiToken",
    "Appeal",
    "AuditEntry",
    "Block",
    "BlockedHash",
    "Case",
    "CaseNote",
    "ClockJob",
    "ClockRun",
    "CloseFriend",
    "Comment",
    "CommentLike",
    "Conversation",
    "DayFigures",
    "Filter",
    "Follow",
    "FollowRequest",
    "Highlight",
    "HighlightStory",
    "IdempotencyKey",
    "Invite",
    "Joining",
    "Like",
    "Mail",
    "MailKey",
    "Media",
    "Message",
    "Mute",
    "Notice",
    "Notification",
    "NotificationChoice",
    "NotificationEvent",
    "OptionChange",
    "Outbox",
    "Participant",
    "Passkey",
    "PasskeyChallenge",
    "PastUsername",
    "Post",
    "PostPerson",
    "PostTag",
    "PostWords",
    "PushSubscription",
    "RecoveryCode",
    "Report",
    "Repost",
    "Restriction",
    "RetiredName",
    "Sanction",
    "Save",
    "SaveFolder",
    "SignInFailure",
    "SiteOption",
    "StorageFinding",
    "Story",
    "StoryView",
    "Tag",
    "TagFollow",
    "Totp",
    "User",
    "UserSession",
    "UserSettings",
    "UserWords",
]
