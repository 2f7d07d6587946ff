"""Who follows whom, who asked to, and who blocked whom.

Tables: follows, follow_requests, blocks, and the counters on users.
"""
