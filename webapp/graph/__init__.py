"""Who follows whom.

Table: follows, and the counters on users.
"""
