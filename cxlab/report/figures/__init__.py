"""A handful of chart forms in one style. The title is the finding, alt text is required, colour says a role."""

from cxlab.report.figures.adding_up import adding_up
from cxlab.report.figures.around_start import before_and_after
from cxlab.report.figures.bars import counts
from cxlab.report.figures.bridge import bridge
from cxlab.report.figures.by_group import groups
from cxlab.report.figures.contrasts import contrasts
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.forest import forest
from cxlab.report.figures.foretold import foretold
from cxlab.report.figures.funnel import funnel
from cxlab.report.figures.gap import gap
from cxlab.report.figures.grid import grid
from cxlab.report.figures.over_time import trend
from cxlab.report.figures.response import response
from cxlab.report.figures.several import curves
from cxlab.report.figures.side_by_side import panels
from cxlab.report.figures.waiting import durations
from cxlab.report.figures.zones import zones

__all__ = [
    "Drawing",
    "adding_up",
    "before_and_after",
    "bridge",
    "contrasts",
    "counts",
    "curves",
    "durations",
    "forest",
    "foretold",
    "funnel",
    "gap",
    "grid",
    "groups",
    "panels",
    "response",
    "trend",
    "zones",
]
