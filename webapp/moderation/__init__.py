"""What people report, what moderators do about it, and how one appeals.

Tables: cases, reports, case_notes, sanctions, appeals.
"""
