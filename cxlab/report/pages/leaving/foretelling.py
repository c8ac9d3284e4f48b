"""How well leaving is foretold, whether the chances can be taken at their word, and what looks too good to be true."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.models.churn import Churn
from cxlab.report import prose
from cxlab.report.figures import foretold
from cxlab.report.figures.foretold import foretold_words
from cxlab.report.html import say

#: The top of the list that is told of: so large a share of all.
_TOP = 0.05


def quality(model: Churn) -> Any:
    """What the model is worth, as a leader would ask it: of so many at the top of the list, how many left?"""
    score = model.score
    pairs, low, high = (f"{100 * score[name]:.0f}" for name in ("auc", "auc_low", "auc_high"))
    return say(
        listed(model),
        _came(model),
        f"Shown one customer who left and one who stayed, the model gives the one who left the higher chance "
        f"{pairs} times in 100 ({low} to {high}); a coin would 50 times.",
        _level(model),
    )


def listed(model: Churn) -> str:
    """Of the top of the list so many left, of everybody so many."""
    n = int(model.score["n"])
    row = model.lift([max(1, round(n * _TOP))]).iloc[0]
    base = prose.value(model.score["base_rate"], "share", bare=True)
    rate = prose.value(
        row["rate"], "share", row["low"] * model.score["base_rate"], row["high"] * model.score["base_rate"]
    )
    found = prose.value(row["share_found"], "share", 0.0, 0.3)
    return (
        f"Of the twentieth with the highest chances {rate} left, of all {base}: {row['lift']:.1f} times as many "
        f"({row['low']:.1f} to {row['high']:.1f}). They were {found} of all who left."
    )


def _came(model: Churn) -> str:
    """How many leavings were foretold in periods that the model had not seen, and how many came."""
    frame = model.predictions
    if "period" not in frame or not model.plan.is_later:
        return ""
    tested = frame.dropna(subset=["chance", "left"])
    names = sorted(set(tested["period"]))
    when = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    return f"In {when} {tested['chance'].sum():,.0f} leavings were foretold before; {int(tested['left'].sum()):,} came."


def is_blind(model: Churn) -> bool:
    """Whether the model cannot be told from a coin."""
    return bool(model.score["auc_low"] <= 0.5)


def _level(model: Churn) -> str:
    if is_blind(model):
        return "It cannot be told from a coin: do not go by the chances it names."
    slope, low, high = (model.score[f"calibration_slope{end}"] for end in ("", "_low", "_high"))
    if low <= 1 <= high:
        return "Its chances are neither too bold nor too timid, as far as can be told."
    return (
        "Its chances are too bold: high ones should be lower, low ones higher."
        if slope < 1
        else "Its chances are too timid: high ones should be higher, low ones lower."
    )


def calibrated(model: Churn) -> Any:
    """A picture of the chances named and the shares that left."""
    frame = model.calibration.rename(columns={"predicted": "foretold", "observed": "value"})
    off = frame[(frame["low"] > frame["foretold"]) | (frame["high"] < frame["foretold"])]
    title = (
        "Where the model names a chance, about that share left"
        if len(off) <= 1
        else f"In {len(off)} of {len(frame)} tenths another share left than the model named"
    )
    return foretold(
        frame,
        title=title,
        alt=f"Chances named against shares that left, in {len(frame)} groups of equal size: {foretold_words(frame)}.",
        note="A dot is a tenth of the customers, by the chance named before; its line is the 95 % interval of the "
        "share that left. On the dotted line both are the same.",
        said="chance of leaving that was named",
        came="share that left",
    )


def alarms(model: Churn) -> Any:
    """What looks too good to be true, and rows that are there twice."""
    return [say(f"Alarm. {sentence}") for sentence in alarm_sentences(model)]


def alarm_sentences(model: Churn) -> list[str]:
    """The alarms as sentences."""
    return [str(text) for text in model.alarms["sentence"]] if len(model.alarms) else []


PARTS = (quality, calibrated, alarms)


def record(model: Churn, features: pd.DataFrame, periods: pd.Series, left: pd.Series) -> pd.DataFrame:
    """What the model says of the customers of each period, and who left: period, probability, left.

    One model for all periods: what moves from one to the next beyond what it knows of the customers is not hidden. The
    models that were tried on later periods had learned from few; their levels were off by more than this one's is.
    """
    return pd.DataFrame({"period": periods, "probability": model.predict(features).to_numpy(float), "left": left})


def counted(model: Churn, dated: bool) -> list[str]:
    """How the model was tried, what it has to say on its own, and of attributes as they came the blank cells."""
    return [*map(str, model.remarks), *([] if dated else _blanks(model))]


def _blanks(model: Churn) -> list[str]:
    frame, told = model.columns.frame, " ".join(map(str, model.remarks))
    return [
        f"{name}: {count:,} of {len(frame):,} cells are blank; they count as not known."
        for name, count in frame.isna().sum().items()
        if count and f"{name}: {count:,} of" not in told
    ]
