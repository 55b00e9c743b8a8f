"""
Who may do what, and how much: virtual keys, their limits and spend, and signed addresses of files.

`access` decides in memory, `keys` keeps in SQLite, `accounts` carries between the two. May import `storage`.
"""
