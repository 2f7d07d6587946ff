"""The foundation: knows neither photos nor HTTP. One outside thing a file, each with its fallback.

Tables, each in the file of its name: outbox, clock_jobs, clock_runs (`runs`), mails (`mailer`), sessions,
idempotency_keys, site_options and option_changes (`options`).
"""
