"""Comments: threads one level deep, their likes, and the post's own page.

Tables: comments, comment_likes.
"""
