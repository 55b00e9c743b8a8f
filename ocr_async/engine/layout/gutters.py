"""Where few pieces of a page cross a gap between others: the places of gutters, if text stands on both sides."""

from __future__ import annotations

from collections.abc import Sequence

from .beside import Piece


__all__ = ["gutters_of"]


def gutters_of(pieces: Sequence[Piece], em: float) -> list[float]:
    """The x in the middle of each gap that few pieces cross, where the fewest do."""
    if max(piece.left for piece in pieces) < min(piece.right for piece in pieces):
        return []  # nothing begins right of where something ends
    edges: list[tuple[float, int]] = []
    for piece in pieces:
        edges.append((piece.left, 1))
        edges.append((piece.right, -1))
    edges.sort()
    out: set[float] = set()
    for allowed in {0, max(1, len(pieces) // 10), max(1, len(pieces) // 4), max(1, len(pieces) // 2)}:
        depth, since, last = 0, None, 0.0
        least: tuple[int, float] = (0, 0.0)  # how many cross the emptiest part of the gap, and its middle
        for place, step in edges:
            if since is not None and place - last > 0.4 * em and depth < least[0]:
                least = depth, (last + place) / 2
            before = depth
            depth += step
            if before > allowed >= depth:
                since, least = place, (allowed + 1, 0.0)
            elif before <= allowed < depth and since is not None:
                if place - since > 0.4 * em:
                    out.add(least[1] if least[0] <= allowed else (since + place) / 2)
                since = None
            last = place
    return sorted(out)
