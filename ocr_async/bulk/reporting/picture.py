"""The picture of a job: three lines over its working time, as SVG that takes its colours from the page around it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .samples import Samples


__all__ = ["picture"]

_WIDTH, _HEIGHT = 720, 72  # of one line's field
_GAP, _LEFT, _TOP = 34, 8, 20


def picture(samples: Samples) -> str:
    """Return the SVG of *samples*: pages a second, answers that asked to slow down a second, pages under way."""
    lines = (
        ("pages/s", "pages", samples.values(lambda one: one.pages / samples.seconds)),
        ("429 answers/s", "throttled", samples.values(lambda one: one.throttled / samples.seconds)),
        ("pages under way", "under-way", samples.values(lambda one: one.under_way)),
    )
    height = _TOP + len(lines) * (_HEIGHT + _GAP)
    fields = "".join(_field(*line, top=_TOP + n * (_HEIGHT + _GAP)) for n, line in enumerate(lines))
    end = _duration(samples.seconds * len(samples.done))
    return (
        f'<svg viewBox="0 0 {_WIDTH + 2 * _LEFT} {height}" role="img" aria-label="how fast the job went">{fields}'
        f'<text x="{_LEFT}" y="{height - 6}">0</text>'
        f'<text x="{_LEFT + _WIDTH}" y="{height - 6}" text-anchor="end">{end} of work</text></svg>'
    )


def _field(name: str, kind: str, values: Sequence[float], *, top: int) -> str:
    most = max(values, default=0.0)
    step = _WIDTH / max(len(values) - 1, 1)
    scale = _HEIGHT / most if most else 0.0
    points = " ".join(f"{_LEFT + n * step:.1f},{top + _HEIGHT - value * scale:.1f}" for n, value in enumerate(values))
    return (
        f'<text x="{_LEFT}" y="{top - 6}">{escape(name)}, at most {most:.4g}</text>'
        f'<line class="axis" x1="{_LEFT}" y1="{top + _HEIGHT}" x2="{_LEFT + _WIDTH}" y2="{top + _HEIGHT}"/>'
        f'<polyline class="{kind}" points="{points}"/>'
    )


def _duration(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {left:02} s" if minutes else f"{left} s"
