"""Promises to act, judged by themselves: did the fix work?"""

from cxlab.models.actions.funnel import action_funnel
from cxlab.models.actions.judge import DIFFERENCES, INTERRUPTED
from cxlab.models.actions.ledger import (
    CANNOT_TELL,
    COLUMNS,
    NO_EVIDENCE,
    TOO_EARLY,
    VERDICTS,
    WORKED,
    Ledger,
    evaluate_actions,
    ledger,
)

__all__ = [
    "CANNOT_TELL",
    "COLUMNS",
    "DIFFERENCES",
    "INTERRUPTED",
    "NO_EVIDENCE",
    "TOO_EARLY",
    "VERDICTS",
    "WORKED",
    "Ledger",
    "action_funnel",
    "evaluate_actions",
    "ledger",
]
