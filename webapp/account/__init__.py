"""Leaving: hide one's account and come back, delete it and think better of it, and what follows in every table.

Tables: users (status, delete_at), the `counted` marks of follows, likes and comments, retired_names; erasing: all.
"""
