"""What comes before money among all measures, which alone tells leavers from stayers, and what asking adds."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.models.columns import CATEGORY
from cxlab.models.linkage.asking import ADDS, NOTHING, Asking
from cxlab.models.linkage.links import Links
from cxlab.models.linkage.panel import LEFT, OUTCOMES, REVENUE
from cxlab.models.linkage.validity import ALL, validity
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.money import pictures, words
from cxlab.report.tables import table

_MOST_SIGNALS = 10


def signals_picture(links: Links) -> figures.Drawing | Piece:
    """The measures of the last 90 days before leaving, the surest ten."""
    rows = links.table[links.table["outcome"] == LEFT].copy()
    if rows.empty:
        return say("What comes before leaving cannot be told: too few accounts are known to have left.")
    rows["evidence"] = words.words_of(rows)
    rows = rows.sort_values(["grade", "q"], kind="stable").head(_MOST_SIGNALS)
    drawn = pd.DataFrame(
        {
            "measure": [_short(links, name) for name in rows["measure"]],
            "way": "Points of leaving, for one step",
            **{name: rows[name].to_numpy() for name in ("value", "low", "high")},
            "seen": [word == "evidence" for word in rows["evidence"]],
            "evidence": rows["evidence"].tolist(),
        }
    ).drop_duplicates("measure")
    sure = [links.panel.measures[name].words for name in rows.loc[rows["evidence"] == "evidence", "measure"]]
    title = (
        f"{len(sure)} of {len(links.table[links.table['outcome'] == LEFT])} measures of the last 90 days come before "
        f"leaving with evidence, \u201c{prose.inside(sure[0])}\u201d the surest"
        if sure
        else "No measure of the last 90 days comes before leaving with evidence that passes every check"
    )
    listed = "; ".join(
        f"{row['measure']} {words.size(row['value'], LEFT, row['low'], row['high'])}, {row['evidence']}"
        for _, row in drawn.iterrows()
    )
    return figures.panels(
        drawn,
        by="measure",
        panel="way",
        unit="share",
        aside="evidence",
        title=title,
        alt=f"{title}. {listed}.",
        note="One step is ten points of a score, yes against no, or one standard deviation. Accounts alike in who "
        "they are (tenure, plan, size, region ...) are compared; the measures are not adjusted for each other. "
        "Evidence: told from chance, foretells out of time, quiet placebo, comes after, not erased by a hidden cause "
        "like one that is seen.",
    )


def _short(links: Links, name: str) -> str:
    """A name that fits beside a mark: the feature's own, where its meaning is a whole sentence."""
    measure = links.panel.measures[name]
    return measure.words if measure.asked else name.replace("_", " ").capitalize()


def signals_table(links: Links, most: int = 12) -> Piece:
    """Measures before money: a row a measure, what follows one step of it in leaving and in revenue, and how sure."""
    rows = []
    for name, part in links.table.groupby("measure", sort=False):
        by = part.assign(evidence=words.words_of(part)).set_index("outcome")
        row: dict[str, Any] = {"measure": links.panel.measures[name].words, "for": part["step"].iloc[0]}
        for outcome in (LEFT, REVENUE):
            head = pictures.HEADS[outcome]
            has = outcome in by.index
            row[head] = words.effect(pictures.with_outcome(by.loc[outcome].rename(outcome))) if has else "–"
            row[f"{head}: evidence"] = by.loc[outcome, "evidence"] if has else "not tested"
        row["order"] = (part["grade"].min(), part["q"].min())
        rows.append(row)
    shown = pd.DataFrame(rows).sort_values("order", kind="stable").drop(columns="order").reset_index(drop=True)
    return table(
        shown,
        rows=most,
        caption="Measures of the last 90 days and what followed, the surest first",
    )


def validity_table(links: Links, by: str, most: int = 8) -> Piece:
    """How well each measure alone tells later leavers from stayers, in every group: the best measures first."""
    known = links.panel.controls is not None and by in links.panel.controls.of_kind(CATEGORY)
    rows = validity(links.panel, by if known else "")
    whole = rows[(rows["group"] == ALL) & rows["auc"].notna()].sort_values("auc", ascending=False, kind="stable")
    if whole.empty:
        return say(
            "Which measure alone tells leavers from stayers cannot be told: too few accounts are known to have left."
        )
    scores = [name for name in whole["measure"] if links.panel.measures[name].span]
    others = [name for name in whole["measure"] if name not in scores]
    names = [name for name in whole["measure"] if name in {*scores, *others[: max(most - len(scores), 2)]}]
    shown = [
        {"measure": links.panel.measures[name].words}
        | {row["group"]: _auc(row) for _, row in rows[rows["measure"] == name].iterrows()}
        for name in names
    ]
    return table(
        pd.DataFrame(shown),
        caption="How many times in 100 a later leaver had the worse value than a later stayer (50 is a coin; 95 % "
        "interval)",
    )


def _auc(row: pd.Series) -> str:
    if not prose.is_finite(row["auc"]):
        return "too few"
    return f"{100 * row['auc']:.0f} ({100 * row['low']:.0f} to {100 * row['high']:.0f})"


def asking_table(asking: Asking) -> Piece:
    """What answers add to what is known without them, outcome by outcome."""
    rows = asking.table[asking.table["gain"].notna()]
    if rows.empty:
        return say("What asking adds cannot be told: there are too few periods or leavers to test it out of time.")
    shown = pd.DataFrame(
        {
            "what is foretold": [OUTCOMES[name].words for name in rows["outcome"]],
            "judged by": ["AUC" if of == "AUC" else "R²" for of in rows["gain_of"]],
            "accounts with an answer": [prose.value(x, "share") for x in rows["known"]],
            "without asking": [f"{x:.3f}".replace("-", prose.MINUS) for x in rows["base"]],
            "with answers": [f"{x:.3f}".replace("-", prose.MINUS) for x in rows["full"]],
            "asking": [pictures.signed(row["gain"], row["low"], row["high"]) for _, row in rows.iterrows()],
            "verdict": rows["verdict"].tolist(),
        }
    )
    return table(shown, caption="How well later periods are foretold, without and with the answers of the last 90 days")


def asking_sentence(asking: Asking) -> str:
    """What asking adds in foretelling who leaves, in a sentence."""
    row = asking.table.iloc[0]
    if not prose.is_finite(row["gain"]):
        return "What asking adds cannot be told: there are too few periods or leavers to test it out of time."
    lead = (
        f"Use, tickets, tenure and the like rank a leaver before a stayer {100 * row['base']:.0f} times in 100; with "
        f"the answers it is {100 * row['full']:.0f}"
    )
    if row["verdict"] == ADDS:
        return f"{lead}: asking adds to what is known anyway."
    if row["verdict"] == NOTHING:
        return (
            f"{lead}: to know who leaves, nobody needs to be asked. Answers serve other ends: they say what to mend, "
            "and they are where customers speak."
        )
    return f"{lead}: whether asking adds anything cannot be told."
