"""
What the gateway answers, a module a group of routes; each has ``add_routes(app)``.

A handler turns one client's words into the SDK's and back. Bodies are read by `intake`, keys checked by `access`, and
the reading itself is `gateway.reading`: here is no limit, no file and no database.
"""
