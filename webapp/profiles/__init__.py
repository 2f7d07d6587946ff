"""The pages below /@name: a person and what the person posted. It has no table."""
