"""Whom to call: the list, what a list is worth, and why the riskiest are not always the best to call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cxlab.models.calling import NO_EVIDENCE, WORKS, CallList
from cxlab.report import prose
from cxlab.report.html import say
from cxlab.report.tables import table

LENGTH = 10
_LENGTHS = (10, 25, 50, 100)


def pieces(calls: CallList, next_one: str, is_blind: bool = False) -> list[Any]:
    """The list with the reasons, what lists of several lengths may save, and the caution.

    is_blind: the model cannot be told from a coin; then the list is one of large accounts, and says so.
    """
    top = calls.top(LENGTH).reset_index()
    if top.empty:
        return [say("No customer has revenue at stake, so there is nobody to call first.")]
    shown = table(
        top[["customer_id", "yearly", "probability", "at_stake", "saved", "by_risk", "why"]],
        units={"yearly": "currency", "probability": "share", "at_stake": "currency", "saved": "currency"},
        names={
            "customer_id": "Account",
            "yearly": "revenue of a year",
            "probability": f"chance of leaving, next {next_one}",
            "at_stake": "value at stake",
            "saved": "value a call may save",
            "by_risk": "place by risk alone",
            "why": "what goes with leaving there",
        },
        caption=f"{len(top)} customers to call first, by the value a call may save",
    )
    blind = "The model cannot be told from a coin, so this list says little more than who pays most."
    return [say(blind if is_blind else worth(calls)), shown, _lists(calls), say(*cautions(calls), kind="list")]


def worth(calls: CallList) -> str:
    """What the list may save beside a list of the riskiest and one without order."""
    lists = calls.lists([LENGTH]).iloc[0]
    n = int(lists["calls"])
    return (
        f"Calling these {n} may save {_round(lists['by_value'])} of a year's revenue; calling the {n} most likely to "
        f"leave {_round(lists['by_risk'])}, and any {n} customers {_round(lists['without_order'])}."
    )


def cautions(calls: CallList) -> Sequence[str]:
    """What is known of calls, and why the riskiest are not always the best to call."""
    n = min(LENGTH, len(calls.top(LENGTH)))
    both = calls.among_riskiest(n)
    stay = calls.kept_if_lost_causes(n)
    return [
        _share(calls),
        f"The riskiest are not always the best to call: some will leave whatever is said, and some are only reminded "
        f"that they could (Ascarza 2018). Among the {n} most likely to leave {_of(both, n)}; if calls help the "
        f"less, the surer somebody is to leave, {_of(stay, n, 'stay')} on the list.",
        "What stands beside an account goes with leaving among all customers; it need not be why this one would leave. "
        "Ask before offering anything.",
        "Leave out some of the list by lot: only then will the next page know what calls save.",
    ]


def _of(count: int, n: int, verb: str = "are") -> str:
    """ "none of these 10 is", "1 of these 10 is", "all 10 are"."""
    if count == n:
        return f"all {n} {verb}" if verb != "are" else f"are all {n} of these"
    single = {"are": "is", "stay": "stays"}[verb]
    who = f"{count or 'none'} of these {n}"
    chosen = single if count <= 1 else verb
    return f"{who} {chosen}" if verb != "are" else f"{chosen} {who}"


def _share(calls: CallList) -> str:
    share = prose.value(calls.saves, "share")
    found = calls.evidence
    if found is None:
        return (
            f"That a call saves {share} of the leavings is assumed, not known: nothing here says who was called and "
            "who was not. The order of the list does not depend on it, the amounts do."
        )
    how = "chance decided who was called" if found.by_lot else "others may have differed in more than the call"
    shares = [f"{left} of {n}" for left, n in ((found.called_left, found.called), (found.others_left, found.others))]
    if found.verdict == WORKS:
        limits = prose.interval(found.low, found.high, "share")
        return (
            f"Past calls saved {share} of the leavings ({limits}): {shares[0]} called left, {shares[1]} others; {how}."
        )
    said = (
        "there is no evidence that they keep anybody" if found.verdict == NO_EVIDENCE else "more of those called left"
    )
    return (
        f"Of past calls {said} ({shares[0]} called left, {shares[1]} others; {how}). {share} of the leavings is an "
        "assumption."
    )


def _lists(calls: CallList) -> Any:
    lists = calls.lists(_LENGTHS)
    return table(
        lists,
        units={"by_value": "currency", "by_risk": "currency", "without_order": "currency"},
        names={"by_value": "by value saved", "by_risk": "by risk alone", "without_order": "without any order"},
        caption="Revenue of a year that a list may save, by its length and order",
    )


def _round(x: float) -> str:
    """Two digits: an assumed share carries no more."""
    size = 10 ** max(len(f"{abs(x):.0f}") - 2, 0)
    return f"{round(x / size) * size:,.0f}"
