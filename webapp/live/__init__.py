"""Pages that are told what happens as it happens: one stream of events a page, over what the rooms below hold.

No tables. `core/live.py` carries the words, `stream` makes events of them, `watch` sees to what no word tells.
"""
