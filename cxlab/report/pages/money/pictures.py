"""Link, signals and asking as pictures and tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.models.linkage.classes import by_class
from cxlab.models.linkage.links import Links
from cxlab.models.linkage.panel import GROWTH, LEFT, REVENUE
from cxlab.report import figures, prose
from cxlab.report.html import Piece, say
from cxlab.report.pages.money import words
from cxlab.report.tables import table

_WAYS = (("raw", "As it looks"), ("value", "Among alike"), ("placebo", "Placebo"))
HEADS = {LEFT: "leaving", GROWTH: "growth of who stays", REVENUE: "revenue a month"}


def link_picture(links: Links) -> figures.Drawing | Piece:
    """Leaving by score, from worst to best class: as it looks, among accounts that are alike, and the placebo."""
    rows = links.table[(links.table["outcome"] == LEFT)]
    if rows.empty:
        return say(
            "How leaving goes with the scores cannot be drawn: too few accounts with a score are known to have left."
        )
    rows = rows.sort_values("n", ascending=False, kind="stable")
    lines = []
    for _, row in rows.iterrows():
        measure = links.panel.measures[row["measure"]]
        factor = measure.span / measure.step if measure.span else 1.0
        for name, head in _WAYS:
            low, high = ("low", "high") if name == "value" else (f"{name}_low", f"{name}_high")
            value, bottom, top = (row[each] * factor for each in (name, low, high))
            stands = row["grade"] != "D" and name != "placebo"
            lines.append((measure.words, head, value, bottom, top, stands, f"grade {row['grade']}"))
    drawn = pd.DataFrame(lines, columns=["measure", "way", "value", "low", "high", "seen", "grade"])
    title = _link_title(rows, links)
    told = drawn.assign(
        said=[
            f"{row['way'].lower()} {words.size(row['value'], LEFT, row['low'], row['high'])}"
            for _, row in drawn.iterrows()
        ]
    )
    listed = "; ".join(f"{name}: {', '.join(part)}" for name, part in told.groupby("measure", sort=False)["said"])
    return figures.panels(
        drawn,
        by="measure",
        panel="way",
        unit="share",
        aside="grade",
        title=title,
        alt=f"{title}. {listed}.",
        note="Points of leaving in the period after the score, best class against worst (promoters against "
        "detractors, satisfied against not ...), with 95 % intervals; coloured where a link passes every check. "
        "Among alike: adjusted for tenure, plan, size, use, tickets, journey and renewal. Placebo: the share of "
        "revenue given up before it, which it cannot have moved.",
    )


def _link_title(rows: pd.DataFrame, links: Links) -> str:
    told = [
        [links.panel.measures[row["measure"]].words for _, row in rows.iterrows() if row[low] > 0 or row[high] < 0]
        for low, high in (("raw_low", "raw_high"), ("low", "high"))
    ]
    raw, kept = told
    stand = int((rows["grade"] != "D").sum())
    if not raw and not kept:
        return "No score goes with leaving beyond chance, neither as it looks nor among accounts that are alike"
    alike = f"{words.listed(kept)} {'does' if len(kept) == 1 else 'do'}" if kept else "no score does"
    lead = f"{words.listed(raw)} {'goes' if len(raw) == 1 else 'go'}" if raw else "No score goes"
    end = f"{stand or 'none'} of {len(rows)} {'pass' if stand > 1 else 'passes'} every check"
    return f"{lead} with leaving as it looks, among accounts that are alike {alike}; {end}"


def link_table(links: Links) -> Piece:
    """A row a score: what ten points more go with, for leaving, growth and revenue, among accounts that are alike."""
    rows = []
    for name, part in links.table.groupby("measure", sort=False):
        by = part.set_index("outcome")
        row: dict[str, Any] = {"score": links.panel.measures[name].words, "n": int(part["n"].max())}
        for outcome, head in HEADS.items():
            row[head] = words.effect(by.loc[outcome].rename(outcome).pipe(with_outcome)) if outcome in by.index else "–"
        row["grade"] = min(part["grade"])
        rows.append(row)
    shown = (
        pd.DataFrame(rows).sort_values(["grade", "n"], ascending=[True, False], kind="stable").reset_index(drop=True)
    )
    return table(
        shown,
        names={"n": "accounts in periods", "grade": "best grade"},
        caption="What ten points more of a score go with in the next period, among accounts that are alike (95 % "
        "interval)",
    )


def with_outcome(row: pd.Series) -> pd.Series:
    """A row that was indexed by its outcome, with the outcome back in it."""
    return pd.concat([row, pd.Series({"outcome": row.name})])


def checks_table(links: Links, most: int = 8) -> Piece:
    """What each link would have to stand, and what it did: the strongest links first."""
    rows = []
    for _, row in _strongest(links, most).iterrows():
        measure, outcome = links.about(row)
        of = "AUC" if row["gain_of"] == "AUC" else "R²"
        rows.append(
            {
                "link": f"{measure.words} and {HEADS[outcome.name]}",
                "out of time": f"{of} {signed(row['gain'], row['gain_low'], row['gain_high'])}",
                "placebo": words.effect(row, "placebo"),
                "after less before": words.effect(row, "lag"),
                "would erase it": f"{100 * row['rv']:.1f}{prose.THIN}%",
                "one like the strongest seen leaves": _left(row, links),
                "grade": row["grade"],
            }
        )
    return table(
        pd.DataFrame(rows),
        caption="The four checks, for ten points of the score: does it foretell better than what is known anyway, is "
        "the past quiet, does it come after, and how strong must a hidden cause be",
    )


def _strongest(links: Links, most: int) -> pd.DataFrame:
    wide = (links.table["high"] - links.table["low"]).abs()
    order = (links.table["value"].abs() / wide).sort_values(ascending=False, kind="stable").index
    main = words.shown(links)
    chosen = links.table.loc[order].head(most)
    if not ((chosen["measure"] == main["measure"]) & (chosen["outcome"] == main["outcome"])).any():
        chosen = pd.concat([main.to_frame().T, chosen.head(most - 1)])
    return chosen.sort_values("grade", kind="stable")


def signed(value: object, low: object, high: object) -> str:
    """A gain with sign and interval; nothing is written as minus nought."""
    if not prose.is_finite(value):
        return "not tested"
    texts = [f"{round(float(x), 3) + 0.0:+.3f}".replace("-", prose.MINUS) for x in (value, low, high)]
    texts = [text.lstrip("+") if float(text.replace(prose.MINUS, "-")) == 0 else text for text in texts]
    return f"{texts[0]} ({texts[1]} to {texts[2]})"


def _left(row: pd.Series, links: Links) -> str:
    if not prose.is_finite(row["left_over"]):
        return "–"
    held = words.named(links, row["benchmark"])
    if row["left_over"] <= 0:
        return f"nothing ({held})"
    return f"{words.left(row)} ({held})"


def classes_table(links: Links, months: float = 3) -> Piece:
    """What became of promoters, passives and detractors, as it looks: the numbers that people bring."""
    scores = [name for name in links.panel.measures if links.panel.measures[name].span]
    if not scores:
        return say("There is no score of classes, such as promoters and detractors, to set side by side.")
    name = max(scores, key=lambda each: (int(links.panel.values[each].notna().sum()), each))
    rows = by_class(links.panel, name, months=months)
    shown = pd.DataFrame(
        {
            links.panel.measures[name].words: rows["class"],
            "accounts in periods": rows["n"].astype(int),
            "left": [_share(row, "left") for _, row in rows.iterrows()],
            "due": rows["due"].astype(int),
            "renewed": [_share(row, "renewed") for _, row in rows.iterrows()],
            "paid more": [_share(row, "more") for _, row in rows.iterrows()],
        }
    )
    return table(
        shown,
        names={"due": "contracts due", "renewed": "of these renewed", "paid more": "of who stayed paid more"},
        caption="As it looks, nothing adjusted: what became of accounts in the period after their answer",
    )


def _share(row: pd.Series, name: str) -> str:
    if not prose.is_finite(row[name]):
        return "too few"
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{prose.value(row[name], 'share', low, high)} ({prose.interval(low, high, 'share', bare=True)})"


def arrows(links: Links) -> Piece:
    """Three arrows from experience to business: staying, growing, and winning new customers; how sure each is."""
    rows = []
    for outcome, head in ((LEFT, "retention: fewer leave"), (GROWTH, "growth: who stays pays more")):
        part = links.table[links.table["outcome"] == outcome]
        if part.empty:
            rows.append((head, "not tested", "too few accounts with a score and a known outcome"))
            continue
        said = words.words_of(part)
        best = next(at for word in ("evidence", "weak", "none") for at, each in enumerate(said) if each == word)
        row = part.iloc[best]
        measure = links.panel.measures[row["measure"]]
        rows.append(
            (head, said[best], f"{measure.words}, ten points more: {words.effect(row)}, {words.grade(row['grade'])}")
        )
    rows.append(
        ("new business and reputation", "not tested", "no table says which new customer came on whose recommendation")
    )
    return table(
        pd.DataFrame(rows, columns=["arrow", "evidence", "what is known"]),
        caption="Three arrows from experience to business",
    )
