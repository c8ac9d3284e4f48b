"""Words that claim more than the data can: what goes with something is not called its cause."""

from __future__ import annotations

import re

_CAUSAL = re.compile(
    r"\b(caus(?:e|es|ed|ing)|drives|drove|driving|driven by|because of|due to|leads? to|led to|results? in|"
    r"thanks to|impact(?:s|ed)? on)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|never|no|nor|without|neither|n't)\b[^.;:!?]{0,24}$", re.IGNORECASE)
_GRADED = re.compile(r"\bgrade [AB]\b")
_CODE = re.compile(r"```.*?```|~~~.*?~~~|`[^`\n]*`", re.DOTALL)


def without_code(text: str) -> str:
    """Markdown without its code spans and fences: what a reader takes as prose."""
    return _CODE.sub(" ", text)


def causal_words(text: str) -> list[str]:
    """Words in prose that claim a cause. None where the text denies it ("not a cause") or names evidence that allows
    it ("grade A", an experiment, or "grade B", a quasi-experiment)."""
    prose = without_code(text)
    if _GRADED.search(prose):
        return []
    return [match[0] for match in _CAUSAL.finditer(prose) if not _DENIED.search(prose[: match.start()])]
