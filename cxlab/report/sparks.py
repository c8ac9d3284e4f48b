"""The little line in a tile: value, interval band, dotted target; inline SVG that takes the page's colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cxlab.report.digits import is_finite
from cxlab.report.html import escape

_WIDTH, _HEIGHT, _PAD = 240.0, 52.0, 4.0
# CSS variables of the page, each with a colour of its own for places that have no such page (JupyterLab).
_BAND, _LINE, _TARGET = "var(--band,#0b5c8a22)", "var(--focus,#0b5c8a)", "var(--faint,#8a939e)"


def spark(
    values: Sequence[object], lows: Sequence[object], highs: Sequence[object], *, target: object = None, label: str
) -> str:
    """SVG of a trend; periods without a value are gaps, infinite limits end at the edge. "" if nothing is known.

    values, lows, highs: one entry a period, oldest first. target: a level in the same unit, or None.
    label: what a screen reader says instead of the drawing.
    """
    known = [float(x) for x in values if is_finite(x)]
    if not known:
        return ""
    limits = [float(x) for x in (*lows, *highs) if is_finite(x)]
    levels = [*known, *limits, *([float(target)] if is_finite(target) else [])]
    bottom, top = min(levels), max(levels)
    spread = (top - bottom) or 1.0
    step = (_WIDTH - 8) / max(len(values) - 1, 1)

    def at(index: int, level: object, edge: float = 0.0) -> str:
        inside = edge if not is_finite(level) else _PAD + (top - float(level)) / spread * (_HEIGHT - 2 * _PAD)
        return f"{_x(index, step, len(values)):.1f},{inside:.1f}"

    parts = []
    for run in _runs(values):
        if len(run) > 1 and any(is_finite(lows[i]) or is_finite(highs[i]) for i in run):
            upper = [at(i, highs[i], 0.0) for i in run]
            lower = [at(i, lows[i], _HEIGHT) for i in reversed(run)]
            parts.append(f'<polygon points="{" ".join(upper + lower)}" fill="{_BAND}"/>')
    if is_finite(target):
        y = at(0, target).split(",")[1]
        parts.append(f'<line x1="0" x2="240" y1="{y}" y2="{y}" stroke="{_TARGET}" stroke-dasharray="2 3"/>')
    for run in _runs(values):
        points = [at(i, values[i]) for i in run]
        if len(run) > 1:
            parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{_LINE}" stroke-width="1.6"/>')
        if len(run) == 1 or run[-1] == len(values) - 1:
            x, y = points[-1].split(",")
            radius = "3.4" if run[-1] == len(values) - 1 else "1.6"
            parts.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{_LINE}"/>')
    return (
        f'<svg viewBox="0 0 240 52" width="240" height="52" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _x(index: int, step: float, length: int) -> float:
    return 4 + index * step if length > 1 else _WIDTH - 4


def _runs(values: Sequence[object]) -> Iterator[list[int]]:
    """Stretches of neighbouring periods that have a value."""
    run: list[int] = []
    for index, level in enumerate(values):
        if is_finite(level):
            run.append(index)
        elif run:
            yield run
            run = []
    if run:
        yield run
