"""The pieces of `50-hear-the-comments`: what open comments speak of, what goes with the score, and who can act."""

from cxlab.report.pages.comments.page import OpenComments

__all__ = ["OpenComments"]
