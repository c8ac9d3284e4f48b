"""What goes with leaving: steps in points of churn, the strongest as curves, what acts together, reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.churn import Churn
from cxlab.models.churn.checks import BETTER, BOOSTING
from cxlab.models.churn.drivers import BOTH, LESS, MORE
from cxlab.models.columns import CATEGORY, FLAG
from cxlab.report import prose
from cxlab.report.figures import forest, response
from cxlab.report.figures.forest import forest_words
from cxlab.report.html import say
from cxlab.report.pages.leaving.words import named, short, value_of
from cxlab.report.tables import table

#: Families of features that a company can change; who somebody is and what they pay it mostly cannot.
CHANGEABLE = ("use", "support", "journey", "voice")
_MOST, _LEAST = 9, 6
_CURVES = 2
_REASONS = 3
_FEWEST = 20


def told(model: Churn) -> pd.DataFrame:
    """Drivers that can be told from chance, the most important first."""
    frame = model.drivers
    return frame[~frame["is_control"] & frame["verdict"].isin([MORE, LESS, BOTH])].reset_index(drop=True)


def sentence(model: Churn) -> str:
    """What goes with leaving, for a headline: at most three drivers."""
    names = [short(row) for _, row in told(model).head(3).iterrows()]
    if not names:
        return "nothing that could be told from chance goes with leaving"
    return f"{named(names)} {'goes' if len(names) == 1 else 'go'} with leaving"


def findings(model: Churn) -> list[str]:
    """A sentence on the most important driver that has one direction."""
    rows = told(model)
    rows = rows[rows["verdict"] != BOTH]
    return [_finding(rows.iloc[0])] if len(rows) else []


def _finding(row: pd.Series) -> str:
    points, low, high = (row[name] / 100 for name in ("points", "low", "high"))
    more = "more" if points > 0 else "less"
    ends = sorted((abs(low), abs(high)))
    size = prose.change(abs(points), "share", *ends, signed=False, is_real=True)
    limits = prose.interval(*ends, "share", of_change=True, bare=True).replace("+", "")
    return f"{_label(row)} ({row['step']}) goes with {size} {more} leaving ({limits}), everything else alike."


def view(model: Churn) -> str:
    """What we would work on: the most important driver that a company can change."""
    rows = told(model)
    changeable = rows[rows["family"].isin(CHANGEABLE)]
    if changeable.empty:
        return (
            "Nothing that we can change could be told to go with leaving: find out first, by talking to those who "
            "left, what should be measured."
        )
    names = [short(row) for _, row in changeable.head(2).iterrows()]
    most = "it goes" if len(names) == 1 else "they go"
    return f"Work on {named(names)} first: of all that we can change, {most} with leaving most."


def steps(model: Churn) -> Any:
    """One step of each driver, in points of churn, beside what shuffled copies reach."""
    rows = told(model)
    others = model.drivers[~model.drivers["is_control"] & ~model.drivers["driver"].isin(rows["driver"])]
    rows = pd.concat([rows.head(_MOST), others.head(max(_LEAST - len(rows), 2))], ignore_index=True)
    frame = pd.DataFrame(
        {
            "driver": [_label(row) for _, row in rows.iterrows()],
            "step": [_step(row) for _, row in rows.iterrows()],
            **{name: rows[column] / 100 for name, column in (("value", "points"), ("low", "low"), ("high", "high"))},
            "seen": rows["verdict"].isin([MORE, LESS]),
        }
    )
    controls = model.drivers.loc[model.drivers["is_control"], "points"].abs()
    reach = float(controls.max()) / 100 if len(controls) else 0.0
    strongest = rows[rows["verdict"].isin([MORE, LESS])]
    title = (
        _headed(strongest.iloc[0]) if len(strongest) else "No single step can be told to go with more or less leaving"
    )
    return forest(
        frame,
        by="driver",
        aside="step",
        unit="share",
        better="down",
        title=title,
        alt=f"Points of churn that go with one step of each driver: {forest_words(frame, 'driver', 'share')}.",
        note="Points of churn that go with one step, everything else alike, with 95 % interval; the most telling "
        "first. Grey ones cannot be told from chance, or go up and down.",
        band=(-reach, reach) if reach > 0 else None,
        band_name="shuffled copies reach this far",
    )


def _headed(row: pd.Series) -> str:
    """ "A late first value goes with +3.7 points of leaving"; of a number or a kind with the step."""
    size = prose.change(row["points"] / 100, "share", row["low"] / 100, row["high"] / 100, is_real=True)
    step = "" if row["step"] == "no to yes" else f" ({row['step']})"
    name = short(row)
    return f"{name[:1].upper()}{name[1:]}{step} {'go' if name.endswith('cases') else 'goes'} with {size} of leaving"


def _label(row: pd.Series) -> str:
    text = str(row["words"])
    return text[:1].upper() + text[1:]


def _step(row: pd.Series) -> str:
    return f"{row['step']}; up and down" if row["verdict"] == BOTH else str(row["step"])


def together(model: Churn) -> Any:
    """Features that are one driver, because what one goes with cannot be told from the other."""
    rows = told(model)
    rows = rows[rows["members"].map(len) > 1]
    if rows.empty:
        return []
    words = [
        f"{_label(row)} goes along with {named([model.meaning.get(name, name) for name in row['members'][1:]])}"
        for _, row in rows.iterrows()
    ]
    return say(f"{'. '.join(words)}: what one goes with cannot be told from the other.")


def curves(model: Churn) -> list[Any]:
    """The most important told drivers that are numbers, as curves."""
    numbers = [
        row for _, row in told(model).iterrows() if model.reduced.kinds.get(row["driver"]) not in (CATEGORY, FLAG, None)
    ]
    return [drawn for row in numbers[:_CURVES] for drawn in _curve(model, row)]


def _curve(model: Churn, row: pd.Series) -> list[Any]:
    frame = model.curves[row["driver"]]
    frame = frame[frame["n"] >= _FEWEST].reset_index(drop=True)
    if len(frame) < 3:
        return []
    now = frame["churn"] - frame["points"] / 100
    shares = pd.DataFrame(
        {
            "x": frame["x"],
            "value": frame["churn"],
            "low": (now + frame["low"] / 100).clip(lower=0),
            "high": (now + frame["high"] / 100).clip(upper=1),
        }
    )
    values = model.reduced.frame[row["driver"]].dropna().to_numpy(float)
    first, last = shares.iloc[0], shares.iloc[-1]
    ends = [prose.value(end["value"], "share", end["low"], end["high"]) for end in (first, last)]
    places = [f"{end['x']:,.3g}" for end in (first, last)]
    middle = tuple(np.quantile(values, [0.25, 0.75]))
    return [
        response(
            shares,
            unit="share",
            along=str(row["words"]),
            title=f"{_label(row)}: leaving from {ends[0]} at {places[0]} to {ends[1]} at {places[1]}",
            alt=f"Share leaving if all customers had this value, all else as it is: {ends[0]} at {places[0]}, "
            f"{ends[1]} at {places[1]}.",
            note="Share leaving if every customer had this value and all else stayed as it is, with 95 % interval. The "
            "thick piece of the axis is where the middle half of the customers are.",
            level=float(now.iloc[0]),
            level_name="as they are",
            middle=middle if middle[0] < middle[1] else None,
        )
    ]


def pairs(model: Churn) -> list[Any]:
    """What acts together beyond what each does alone, and whether a model that sees everything sees more."""
    found = model.interactions
    shown: list[Any] = []
    if len(found):
        shown.append(
            table(
                found[["words", "most", "least"]],
                names={"words": "act together", "most": "leaving most", "least": "leaving least"},
                caption="Pairs that go with leaving beyond what each does alone, confirmed on unseen customers",
            )
        )
    shown.append(say(_checked(model, len(found))))
    return shown


def _checked(model: Churn, pairs: int) -> str:
    rows = model.checks.set_index("model")
    said = "" if pairs else "No two features could be told to act together. "
    if BOOSTING not in rows.index:
        return said
    row = rows.loc[BOOSTING]
    if row["verdict"] == BETTER:
        return (
            f"{said}Gradient boosting, which sees everything that acts together, foretells better by "
            f"{row['auc_difference']:.3f} of AUC: something is still missed here."
        )
    return f"{said}Gradient boosting, which would see anything that acts together, does not foretell better."


PARTS = (steps, together, curves, pairs)


def reasons(model: Churn, features: pd.DataFrame, units: Mapping[str, str]) -> Mapping[object, list[str]]:
    """Customer -> what about them goes with more leaving for certain, the most first, at most three.

    units: feature -> its unit, as snapshots name it; days are told whole.
    """
    found: dict[object, list[tuple[float, str]]] = {customer: [] for customer in features.index}
    for _, row in told(model).iterrows():
        name = str(row["driver"])
        kind, curve = model.reduced.kinds[name], model.curves[name]
        if kind == CATEGORY:
            known = curve[curve["low"] > 0].set_index("level")["points"]
            points = features[name].astype(object).map(lambda cell, known=known: known.get(cell, 0.0)).to_numpy(float)
        else:
            x = pd.to_numeric(features[name].astype("Float64"), errors="coerce").to_numpy(float, na_value=np.nan)
            points, low = (np.interp(x, curve["x"], curve[side]) for side in ("points", "low"))
            points = np.where(np.isnan(x) | (low <= 0), 0.0, points)
        for customer, size, cell in zip(features.index, points, features[name], strict=True):
            if size > 0:
                found[customer].append((float(size), value_of(row, kind, cell, units.get(name, ""))))
    return {
        customer: [text for _, text in sorted(each, key=lambda pair: (-pair[0], pair[1]))[:_REASONS]]
        for customer, each in found.items()
    }
