"""Messages: conversations of two or of a group, what is said in them, requests, read marks, search.

Tables: conversations, participants, messages.
"""
