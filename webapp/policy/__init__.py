"""The site's own rules: what is filtered or blocked, who may join, and the record of what is done in its name.

Tables: audit_entries, filters, blocked_hashes, access_rules, invites, joinings. Its faces are `moderation` and `admin`.
"""
