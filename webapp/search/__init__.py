"""Search: people, posts and hashtags by what is typed, as far as it has been typed.

It has no table: the words that it looks into are kept by whoever writes names and posts (`users/words.py`,
`posts/words.py`).
"""
