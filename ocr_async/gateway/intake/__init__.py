"""
What comes in from clients, bounded in size, time and memory: connections, bodies, forms, query parameters.

It knows no dialect and no provider; `routes` call it. May import values, `document`, `formats` and the gateway's top.
"""
