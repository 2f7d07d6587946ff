"""Stories: a photo for a day, for one's followers or one's close friends; who saw it; highlights that keep some.

Tables: stories, story_views, highlights, highlight_stories.
"""
