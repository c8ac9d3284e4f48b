"""The pieces of `70-follow-the-money`: what follows a score, how sure we can be, what customers are worth and take."""

from cxlab.report.pages.money.page import Money

__all__ = ["Money"]
