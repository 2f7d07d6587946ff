"""People: the user shape, editing one's profile, the avatar, the settings' front page.

Tables: users, past_usernames.
"""
