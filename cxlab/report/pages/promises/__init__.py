"""What we promised, and whether it worked: the ledger of actions told to those who made the promises."""

from cxlab.report.pages.promises.page import Promises
from cxlab.report.pages.promises.words import sentence, verdict

__all__ = ["Promises", "sentence", "verdict"]
