"""Who one is: registering, signing in and out, sessions, passwords, tokens for programs.

Tables: users (its password), sessions, api_tokens, sign_in_failures.
"""
