"""Who one is: registering, signing in and out, two-step sign-in, passkeys, passwords, addresses, tokens for programs.

Tables: users (its password and address), mail_keys, api_tokens, sign_in_failures, totp, recovery_codes, passkeys,
passkey_challenges; sessions by `core/sessions.py`.
"""
