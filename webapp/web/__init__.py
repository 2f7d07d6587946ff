"""The wire: requests in, answers out. Knows no photos."""
