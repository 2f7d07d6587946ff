"""Who follows whom and who asked to; whom one blocked, muted or restricted; close friends; people one may know.

Tables: follows, follow_requests, blocks, mutes, restrictions, close_friends, and the counters on users.
"""
