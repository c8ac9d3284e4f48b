"""Sentences of the movable middle: computed from the fits, with no claim of a cause."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cxlab.models.middle.experience import ASKED, Experience
from cxlab.models.middle.two_cut import BOTH, DELIGHTER, HYGIENE, TwoCuts
from cxlab.periods import Period
from cxlab.report import prose

#: A verdict as a leader says it, short and long.
SHORT = {
    HYGIENE: "a must",
    DELIGHTER: "a delight",
    BOTH: "counts at both",
    "matters, cut unclear": "counts, cut unclear",
    "the other way": "the other way",
    "flat": "no difference",
    "cannot tell": "cannot tell",
}
_LONG = {
    HYGIENE: "a must: it goes with a 7 rather than a 6, and no more can be seen above",
    DELIGHTER: "a delight: it goes with a 9 rather than an 8, and nothing can be seen below",
    BOTH: "it counts at both cuts",
}


def first_line(problem: Exception) -> str:
    """What is missing, without its last stop."""
    return str(problem).splitlines()[0].rstrip(".")


def step(row: pd.Series, lived: Experience) -> str:
    """What moving one step means for a driver."""
    if lived.families[row["driver"]] == ASKED:
        return f"one step more of \u201c{row['meaning']}\u201d"
    return str(row["meaning"])


def points(row: pd.Series) -> str:
    """The gain with its interval."""
    size = prose.change(row["gain"], "points", row["low"], row["high"], is_real=True)
    reach = prose.interval(row["low"], row["high"], "points", of_change=True, bare=True)
    return f"{size} of NPS per 100 customers moved ({reach})"


def told(fitted: TwoCuts) -> pd.DataFrame:
    """Drivers with a verdict that helps, the largest gain at the upper cut first, musts last."""
    rows = fitted.gain[fitted.gain["verdict"].isin(_LONG)]
    order = rows.assign(last=rows["verdict"] == HYGIENE, size=-rows["upper"].where(rows["verdict"] != HYGIENE))
    return order.sort_values(["last", "size", "gain"], ascending=[True, True, False], kind="stable").drop(
        columns=["last", "size"]
    )


def lever(row: pd.Series, lived: Experience) -> str:
    """One driver as a sentence."""
    text = f"{step(row, lived)} goes with {points(row)}; {_LONG[row['verdict']]}."
    return f"{text[0].upper()}{text[1:]}"


def headline(fitted: TwoCuts, lived: Experience) -> str:
    """The strongest at the upper cut, then the musts."""
    rows = told(fitted)
    lifts, musts = rows[rows["verdict"] != HYGIENE], rows[rows["verdict"] == HYGIENE]
    passives = prose.value(fitted.shares[1], "share", 0, 1)
    if rows.empty:
        return (
            f"{passives} of {prose.count(fitted.n)} answers are a 7 or an 8, and nothing asked or known here can be "
            "told to go with a 9 instead."
        )
    said = []
    if len(lifts):
        top = lifts.iloc[0]
        said.append(
            f"Of what can be told, {step(top, lived)} goes most with a 9 rather than an 8: about "
            f"{prose.count(top['upper'])} more promoters per 100 customers moved"
        )
    if len(musts):
        names = _named(_quoted(musts))
        it = "is a must: it goes" if len(musts) == 1 else "are musts: they go"
        said.append(f"{names} {it} with a 7 rather than a 6, and no further")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}. {passives} of the answers are a 7 or an 8."


def view(fitted: TwoCuts, lived: Experience) -> str:
    """What we would work on, what we would guard, what we would leave alone."""
    rows = told(fitted)
    lifts, musts = rows[rows["verdict"] != HYGIENE], rows[rows["verdict"] == HYGIENE]
    if rows.empty:
        return "Nothing here is worth a programme yet: take more quarters together, or ask more than the score."
    said = []
    if len(lifts):
        said.append(f"For sevens and eights work on {_named(_quoted(lifts.head(2)))} first and try it with one team.")
    if len(musts):
        said.append(f"Guard {_named(_quoted(musts))}: it is seen when it slips.")
    idle = fitted.gain[fitted.gain["verdict"].isin(("flat",))]
    if len(idle):
        said.append(f"Expect little of {_named(_quoted(idle.head(2)))}.")
    return " ".join(said)


def question(fitted: TwoCuts, lived: Experience) -> str:
    """About the strongest lever."""
    rows = told(fitted)
    lifts = rows[rows["verdict"] != HYGIENE]
    if rows.empty:
        return "Which three things would a customer have to rate for us to know what to mend?"
    if lifts.empty:
        return f"What would tell us that {_named(_quoted(rows.head(1)))} slips before the score does?"
    return (
        f"What would we have to do for an eight to rate us one step higher on {_named(_quoted(lifts.head(1)))}, and "
        "with whom do we try it first?"
    )


def counted(lived: Experience, periods: Sequence[Period], fitted: TwoCuts | None) -> list[str]:
    """How it was counted, in plain words."""
    said = [
        f"Answers to the recommendation question of {lived.over}: {prose.count(len(lived.frame))} with a score. "
        "0\u20136 are detractors, 7\u20138 passives, 9\u201310 promoters; NPS, Net Promoter and Net Promoter Score are "
        "marks of others."
    ]
    if fitted is not None:
        said += [
            f"The two cuts are fitted on {prose.count(fitted.n)} answers of {prose.count(fitted.accounts)} accounts, "
            "each cut with its own weights, all drivers and "
            f"{_named(lived.controls) if lived.controls else 'nothing else'} held equal. NPS is the share of 7 or more "
            "plus the share of 9 or more less 100, so the two effects add up.",
            "One step is one point of a rating, one ticket or late step fewer, or about a standard deviation. Who "
            "stands at the end of the scale already is not moved. Intervals know that an account answers several "
            "times.",
            "A driver is told where both cuts together differ from nothing (false discoveries held at 4 %); \u201ca "
            "must\u201d and \u201ca delight\u201d want the two cuts to differ as well.",
            "What goes with a score need not be what makes it: moving a rating may move nothing. Evidence grade C, an "
            "adjusted association.",
        ]
        said += fitted.remarks
        said += [f"{row.column} is left out: {row.why}." for row in fitted.set_aside.itertuples()]
    said += [f"{text[0].upper()}{text[1:].rstrip('.')}." for text in (*lived.missing, *lived.remarks)]
    return said


def _quoted(rows: pd.DataFrame) -> list[str]:
    return [f"\u201c{name}\u201d" for name in rows["meaning"]]


def _named(parts: Sequence[str]) -> str:
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
