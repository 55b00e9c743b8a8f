"""
``ocr-async bulk``, whose work `ocr_async.bulk` does.

`command` is what was typed, done; `job` the places of a job, `inputs` its documents (`manifest`: those of a list,
`folder`: those that come while it is watched), `shared` what machines agree on, `progress` what people see of it.
"""

from .command import main


__all__ = ["main"]
