"""The feed: what the people whom one follows posted, and what everybody did.

It has no table: it pulls, at each page, the newest posts of the followed.
"""
