"""Who follows whom, and who asked to.

Tables: follows, follow_requests, and the counters on users.
"""
