"""What admins see and set: people, posts, the record, jobs, figures, options, announcements.

Tables: announcements, day_figures.
"""
