"""Make up a small community that is worth looking at: its people, pictures and words, all from one seed."""
