"""The site's own rules: what is filtered or blocked, who may join, options, and the record of what is done in its name.

Tables: audit_entries, filters, blocked_hashes, access_rules, invites, joinings; option_changes of `core/options.py`.
"""
