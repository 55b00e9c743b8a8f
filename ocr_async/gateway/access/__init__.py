"""
Who may do what, and how much: virtual keys, their limits and spend, and signed addresses of files.

`control` decides in memory, `refusals` says why not, and `sync` carries keys and spend between it and the storage's
`accounts`. May import `storage`.
"""
