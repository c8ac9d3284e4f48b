"""What the notebooks show, one class a notebook: every method is one sentence, table, tile row or figure."""

from __future__ import annotations

from cxlab.report.pages.checkup import Checkup
from cxlab.report.pages.journey import Journey
from cxlab.report.pages.review import Review

__all__ = ["Checkup", "Journey", "Review"]
