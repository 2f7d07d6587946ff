"""People: the user shape, editing one's profile, the avatar, the settings' front page.

Tables: users, user_settings, user_words, past_usernames.
"""
