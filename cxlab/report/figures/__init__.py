"""A handful of chart forms in one style. The title is the finding, alt text is required, colour says a role."""

from cxlab.report.figures.bars import counts
from cxlab.report.figures.by_group import groups
from cxlab.report.figures.drawing import Drawing
from cxlab.report.figures.over_time import trend
from cxlab.report.figures.waiting import durations

__all__ = ["Drawing", "counts", "durations", "groups", "trend"]
