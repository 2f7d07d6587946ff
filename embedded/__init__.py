"""PostgreSQL, Redis and an S3 server as child processes, and the supervisor behind `bin/run`.

Knows nothing of the application: it hands out environment variables and runs commands.
"""
