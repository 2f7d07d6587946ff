"""What people are told: who liked, commented, replied, mentioned, followed, asked, let in, reposted and tagged.

Told by jobs alone, so that nobody who acts waits for it. Tables: notifications, notification_events, notices,
notification_choices, push_subscriptions.
"""
