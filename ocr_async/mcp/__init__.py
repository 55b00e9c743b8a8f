"""
Documents for assistants, by the Model Context Protocol: `access` says which may be read, `reading` reads and keeps
them, `server` offers it as tools.

May import what lies below the programs, `export`, and the protocol's own SDK.
"""
