"""The pieces of `30-meet-the-segments`: who our customers are, whether that grouping is real, and what became of it."""

from cxlab.report.pages.segments.page import Grouping

__all__ = ["Grouping"]
