"""The sentences about score and money; how much a sentence claims follows its evidence grade."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.linkage import evidence
from cxlab.models.linkage.links import Links
from cxlab.models.linkage.panel import GROWTH, LEFT, OUTCOMES, REVENUE, Measure, Panel
from cxlab.report import prose
from cxlab.report.notebook import GRADES

_POWER = 0.8


def first_line(problem: CxlabError) -> str:
    """The sentence of an error, without its full stop."""
    return str(problem).splitlines()[0].rstrip(".")


def size(x: object, outcome: str, low: object = None, high: object = None) -> str:
    """A change of an outcome: "−1.2 points", "+350 a month"."""
    unit = OUTCOMES[outcome].unit
    return prose.change(x, unit, low, high) + (" a month" if unit == "currency" else "")


def reach(low: object, high: object, outcome: str) -> str:
    """The interval of a change, bare."""
    return prose.interval(low, high, OUTCOMES[outcome].unit, of_change=True, bare=True)


def effect(row: pd.Series, name: str = "value") -> str:
    """ "−0.3 points (−1.0 to +0.3)"."""
    low, high = ("low", "high") if name == "value" else (f"{name}_low", f"{name}_high")
    if not prose.is_finite(row[name]):
        return prose.UNKNOWN
    return f"{size(row[name], row['outcome'], row[low], row[high])} ({reach(row[low], row[high], row['outcome'])})"


_THAN = {
    LEFT: ("left {} less often", "left {} more often"),
    GROWTH: ("grew by {} less", "grew by {} more"),
    REVENUE: ("paid {} less", "paid {} more"),
}


def compared(row: pd.Series, measure: Measure, *, raw: bool = False) -> str:
    """ "accounts with 10 points more NPS left 0.3 points less often (0.1 to 0.5 less)" in signs."""
    value = row["raw"] if raw else row["value"]
    low, high = (row["raw_low"], row["raw_high"]) if raw else (row["low"], row["high"])
    words = _THAN[row["outcome"]][int(value > 0)]
    unit = OUTCOMES[row["outcome"]].unit
    amount = prose.change(value, unit, low, high, signed=False, is_real=True)
    amount += " a month" if unit == "currency" else ""
    return f"{with_more(measure)} {words.format(amount)} ({reach(low, high, row['outcome'])})"


def with_more(measure: Measure) -> str:
    """The accounts that an effect compares with the others."""
    if measure.step_words == "yes against no":
        return f"accounts of which it holds that \u201c{prose.inside(measure.words)}\u201d"
    if measure.step_words == "one ordinary step":
        return f"accounts one ordinary step higher in \u201c{prose.inside(measure.words)}\u201d"
    if measure.asked and measure.span:
        return f"accounts {measure.step_words} higher in {measure.words}"
    return f"accounts with \u201c{prose.inside(measure.words)}\u201d ({measure.step_words})"


def grade(letter: str) -> str:
    """ "grade C, adjusted association"."""
    return f"grade {letter}, {GRADES[letter]}"


def standing(links: Links) -> pd.DataFrame:
    """The rows of a link table that reached C or better."""
    return links.table[links.table["grade"] != "D"]


def headline(links: Links) -> str:
    """What stands of the links, or that none does."""
    table = links.table
    if table.empty:
        return "Whether money follows the scores cannot be told: too few accounts have a score and a known outcome."
    best = standing(links)
    if len(best):
        row = best.iloc[0]
        told = _capital(compared(row, links.panel.measures[row["measure"]]))
        return f"{told}, among accounts alike in all else that is known ({grade(row['grade'])})."
    row = shown(links)
    told, all_of = int(table["is_real"].sum()), prose.count(len(table))
    alike = "among accounts alike in use, tickets, tenure and what else is known"
    rest = (
        f"{prose.count(told)} of {all_of} links between a score and money can be told from chance {alike}, but none "
        "passes every check"
        if told
        else f"none of {all_of} links between a score and money can be told from chance {alike}"
    )
    return (
        f"What a point of {links.panel.measures[row['measure']].words} is worth cannot be told: {rest} ({grade('D')})."
    )


def shown(links: Links) -> pd.Series:
    """The row that stands for the table: the strongest grade, else leaving by the score that most accounts have."""
    table = links.table
    best = standing(links)
    if len(best):
        return best.iloc[0]
    of_leaving = table[table["outcome"] == LEFT]
    pool = of_leaving if len(of_leaving) else table
    return pool.sort_values("n", ascending=False, kind="stable").iloc[0]


def naive_and_honest(links: Links) -> str:
    """The number that people will bring, and what is left of it among accounts that are alike."""
    row = shown(links)
    measure = links.panel.measures[row["measure"]]
    ends = measure.span_words or measure.step_words
    factor = measure.span / measure.step if measure.span else 1.0
    raw = effect(
        pd.Series({"outcome": row["outcome"], **{n: row[n] * factor for n in ("raw", "raw_low", "raw_high")}}), "raw"
    )
    kept = effect(pd.Series({"outcome": row["outcome"], **{n: row[n] * factor for n in ("value", "low", "high")}}))
    return (
        f"{measure.words}, {ends}, {OUTCOMES[row['outcome']].words}: {raw} as it looks, {kept} among accounts that are "
        "alike in use, tickets, tenure and what else is known."
    )


def erased(links: Links) -> str:
    """What a hidden cause would have to be, for the row that stands for the table."""
    row = shown(links)
    measure = links.panel.measures[row["measure"]]
    value = f"{100 * row['rv']:.1f}{prose.THIN}%"
    lead = (
        f"{measure.words} and {OUTCOMES[row['outcome']].words}: a hidden cause that explains {value} of what is left "
        "of both would erase the link"
    )
    if not prose.is_finite(row["left_over"]):
        return f"{lead}; nothing is known besides to hold this against."
    held = named(links, row["benchmark"])
    if row["left_over"] <= 0:
        return f"{lead}. One as strong as \u201c{held}\u201d, which we do see, would be enough."
    return f"{lead}. One as strong as \u201c{held}\u201d, the strongest that we do see, would leave {left(row)}."


def left(row: pd.Series) -> str:
    """What a hidden cause as strong as the strongest one seen would leave of an effect, with the effect's sign."""
    kept = row["left_over"] if row["value"] > 0 else -row["left_over"]
    unit = OUTCOMES[row["outcome"]].unit
    text = prose.change(kept, unit, row["low"], row["high"], is_real=True)
    return text + (" a month" if unit == "currency" else "")


def named(links: Links, control: str) -> str:
    """What a control is, in words."""
    return links.panel.meaning.get(control, control.replace("_", " "))


def trial_size(rate: float, step: float = 0.01) -> int:
    """Accounts on each side of a trial by lot that would see leaving fall by `step` with 80 % probability."""
    reach_ = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(_POWER)
    lower = max(rate - step, 0.0)
    return int(-(-(reach_**2) * (rate * (1 - rate) + lower * (1 - lower)) // step**2))


def question(links: Links) -> str:
    """What a trial would take."""
    row = shown(links)
    rate = float(links.panel.outcomes[LEFT].mean())
    words = links.panel.measures[row["measure"]].words
    if not 0.01 < rate < 1:
        return f"Which trial, with accounts drawn by lot, would show us what raising {words} is worth?"
    return (
        f"Would we draw {prose.count(trial_size(rate))} accounts by lot, do for them what should raise {words}, and "
        "leave as many as they are? So many would show leaving one point lower in a period; no table that we have "
        "can."
    )


def signal(row: pd.Series, measure: Measure) -> str:
    """A sentence on a measure that comes before money."""
    return (
        f"{_capital(compared(row, measure))}, alike in who they are ({grade(row['grade'])}: it goes with it, no more)."
    )


def words_of(rows: pd.DataFrame) -> list[str]:
    """evidence, weak or none, row by row."""
    return [evidence(row) for _, row in rows.iterrows()]


def listed(names: Sequence[str]) -> str:
    """ "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def counted(panel: Panel) -> list[str]:
    """How links were made, for small print."""
    labels = list(dict.fromkeys(panel.period))
    return [
        f"{prose.count(len(panel.order))} accounts in periods, {labels[0]} to {labels[-1]}: each account that was "
        "there when a period began is a row, with the scores of the 90 days before it and what happened until its "
        "end.",
        "An account's score is the KPI of its own answers, in points. Leaving is that of the churn rate. Growth is "
        "the change of recurring revenue of those who stay, at most doubled; revenue counts who left with nothing.",
        "Effects are least squares on the score and on everything else known when the period began "
        f"({', '.join(sorted(set(panel.families.values()) - {'voice', 'money'}))}, and when the contract ends), with "
        "bends, fixed effects of the period and standard errors by account; false discovery over all links.",
        "Out of time: later periods are foretold from earlier ones alone. Placebo: money before the score. What "
        "would erase it: the robustness value of Cinelli and Hazlett (2020), a hidden cause's strength on both sides.",
        "Grade A takes accounts drawn by lot, B another assignment by us, C that all five checks are passed; "
        "all else is D.",
    ]
