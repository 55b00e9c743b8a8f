"""
Bulk jobs under kills, and how they grow: what is lost, what is paid twice, memory, and how soon a resumed job works.

    python -m benchmarks.bulk [dask] [torture] [disk] [outage] [workers] [ledger] [size] [cores]

``torture``: the main process and its workers are killed at random, and whoever reads one of two documents. ``disk``:
the same on a disk of 2 MB, which others fill up meanwhile. ``outage``: the same, with a provider down for a minute.
``workers``: those of the embedded engine are killed at random, and whoever opens one of two documents. ``ledger``: what
keeping a page costs. ``size``: memory of a hundred and of ten thousand documents, and how soon a resumed job works.
``cores``: tiny PDFs by the embedded engine, on one processor and on two. ``dask``: one of two workers is killed in the
middle.

Hosted models are played by a server that bills a page as soon as its request is whole; the torture has it in a process
of its own. It ends with code 1 where something was lost.
"""

from __future__ import annotations

import sys


__all__ = ["main"]


def main() -> None:
    """Run the parts that the command line names; all of them where it names none."""
    from . import cores, dask, ledger, size, torture, workers

    parts = {
        "dask": dask.dask,
        "torture": torture.torture,
        "disk": torture.disk,
        "outage": torture.outage,
        "workers": workers.workers,
        "ledger": ledger.ledger,
        "size": size.size,
        "cores": cores.cores,
    }
    named = [name for name in sys.argv[1:] if name != "bulk"]
    if wrong := [name for name in named if name not in parts]:
        sys.exit(f'bulk has no part "{wrong[0]}"; choose from {", ".join(parts)}')
    lost = 0
    for name in named or parts:
        lost += parts[name]()
        print()
    if lost:
        sys.exit(f"{lost} documents or pages were lost")
