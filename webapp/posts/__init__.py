"""Posts: compose, publish, edit, delete and take back; likes, reposts, saves in folders; hashtags, places, people.

Tables: posts, post_tags, post_people, post_words, tags, tag_follows, likes, reposts, saves, save_folders.
"""
