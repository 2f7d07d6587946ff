"""Posts: compose, publish, edit, delete and take back, like, save, tags.

Tables: posts, post_tags, post_people, likes, saves.
"""
