"""The pieces of `60-move-the-middle`: what goes with a 7 rather than a 6, and with a 9 rather than an 8."""

from cxlab.report.pages.middle.page import MovableMiddle

__all__ = ["MovableMiddle"]
