"""Words that claim more than the data can: what goes with something is not called its cause."""

from __future__ import annotations

import re

# Fixed effects are a method, a hidden cause is a doubt: neither claims anything.
_CAUSAL = re.compile(
    r"\b((?<!hidden )caus(?:e|es|ed|ing)|drives|drove|driving|driven by|because of|due to|owing to|"
    r"leads? to|led to|leading to|results? in|resulted in|resulting in|as a result of|thanks to|"
    r"impact(?:s|ed)? (?:on|of)|(?<!fixed )effects? (?:of|on)|influenc(?:e|es|ed|ing)|affects|affected|affecting|"
    r"brings? about|brought about|trigger(?:s|ed|ing)|boosts|attributable to|contribut(?:es|ed|ing) to|"
    r"paid off|(?:leaves?|left|stays?|stayed|churn(?:s|ed)?) because|"
    r"mak(?:es|ing) (?:customers|accounts|people|them|employees) (?:leave|stay|churn|renew|happy|unhappy))\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|never|no|nor|without|neither|n't)\b[^.;:!?]{0,24}$", re.IGNORECASE)
_GRADED = re.compile(r"\bgrade [AB]\b")
_CODE = re.compile(r"```.*?```|~~~.*?~~~|`[^`\n]*`", re.DOTALL)
# What customers wrote, and what a company calls its own promises, stands in quotation marks: it is not our claim.
_QUOTED = re.compile("\u201c[^\u201d]*\u201d")


def without_code(text: str) -> str:
    """Markdown without its code spans and fences: what a reader takes as prose."""
    return _CODE.sub(" ", text)


def causal_words(text: str) -> list[str]:
    """Words in prose that claim a cause. None where the text denies it ("not a cause") or names evidence that allows
    it ("grade A", an experiment, or "grade B", a quasi-experiment). Quotations are others' words."""
    return [] if _GRADED.search(without_code(text)) else claims(text)


def claims(text: str) -> list[str]:
    """As `causal_words`, whatever evidence the text names: for what has its grade beside it."""
    prose = _QUOTED.sub(" ", without_code(text))
    return [match[0] for match in _CAUSAL.finditer(prose) if not _DENIED.search(prose[: match.start()])]
