"""
LiteLLM's ``config.yaml`` as a frozen `Config`, made by `loading`: `yaml` reads it with its lines, `values` checks what
stands there.

Everything that is wrong is told at once, with its line. May import `call.routing`, which it configures.
"""
