"""The page of `40-explain-churn`: who leaves, what goes with it, what it may cost, and whom to call."""

from __future__ import annotations

from cxlab.report.pages.leaving.page import Leaving

__all__ = ["Leaving"]
