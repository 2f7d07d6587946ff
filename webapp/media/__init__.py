"""Photos on their way in: a presigned upload, a job that makes variants, addresses for those who may see them.

Its forms are part of other rooms' pages (compose, avatar), so it has no pages of its own.

Tables: media, storage_findings.
"""
