"""Who one is: registering, signing in and out, sessions, passwords, addresses, tokens for programs.

Tables: users (its password and address), mail_keys, sessions, api_tokens, sign_in_failures.
"""
