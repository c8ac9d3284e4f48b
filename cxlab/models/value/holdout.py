"""What the model would have said, and what came: purchases and money in a later time, beside two naive rules."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.models.value.checks import CLASSES, classes_of
from cxlab.models.value.fitting import Array
from cxlab.models.value.valuation import paired_verdict

COLUMNS = (
    "measure", "class", "n", "actual", "model", "naive", "constant", "model_bias", "naive_bias", "constant_bias",
    "model_mae", "naive_mae", "constant_mae", "model_rmse", "naive_rmse", "constant_rmse",
)  # fmt: skip
RULES = ("model", "naive", "constant")


def compared(measure: str, classes: Array, actual: Array, foretold: dict[str, Array]) -> pd.DataFrame:
    """One row a class and one for all: sums of what came and of what each rule foretold, and how far off each was.

    `classes` are labels by customer. bias: sum foretold over sum that came, minus 1. mae, rmse: per customer.
    """
    labels = [*dict.fromkeys(sorted(classes.tolist(), key=_order)), "all"]
    rows = []
    for label in labels:
        inside = np.ones(len(actual), dtype=bool) if label == "all" else classes == label
        came = actual[inside]
        row = {"measure": measure, "class": label, "n": int(inside.sum()), "actual": came.sum()}
        for rule in RULES:
            said = foretold[rule][inside]
            row[rule] = said.sum()
            row[f"{rule}_bias"] = said.sum() / came.sum() - 1 if came.sum() > 0 else np.nan
            row[f"{rule}_mae"] = np.abs(said - came).mean()
            row[f"{rule}_rmse"] = np.sqrt(((said - came) ** 2).mean())
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def labels_of(frequency: Array) -> Array:
    """Repeat purchases as the label of their class: "0" ... "6", "7+"."""
    names = np.array([*map(str, range(CLASSES)), f"{CLASSES}+"], dtype=object)
    return names[classes_of(frequency)]


def naive_rules(histories: pd.DataFrame, length: float) -> dict[str, Array]:
    """Purchases in the next `length` by two rules without a model: each goes on at their own pace; all at the same."""
    x, T = histories["frequency"].to_numpy(float), histories["T"].to_numpy(float)
    own = np.divide(x, T, out=np.zeros_like(x), where=T > 0) * length
    same = x.sum() / T.sum() * length if T.sum() > 0 else 0.0
    return {"naive": own, "constant": np.full(len(x), same)}


def verdict(
    frame: pd.DataFrame,
    actual: Array,
    foretold: dict[str, Array],
    what: str,
    when: str,
    yes_or_no: bool = False,
) -> str:
    """One sentence: how far off the sums were, and whether the model beats the naive rule customer by customer."""
    total = frame[frame["class"] == "all"].iloc[0]
    model, naive = total["model_bias"], total["naive_bias"]
    better = paired_verdict(foretold["model"], foretold["naive"], actual, squared_only=yes_or_no)
    words = f"{what} {when}: the model was {_off(model)}, the naive rule {_off(naive)}"
    ending = {
        "better": "customer by customer the model is the closer one",
        "worse": "customer by customer the naive rule is the closer one: the model does not beat it",
        "cannot tell": "customer by customer neither is clearly closer: the model does not beat the naive rule",
    }[better]
    return f"{words}; {ending}."


def _off(bias: float) -> str:
    if not np.isfinite(bias):
        return "not to be judged (nothing came)"
    if abs(bias) < 0.0005:
        return "exact in sum"
    return f"{abs(bias):.1%} too {'high' if bias > 0 else 'low'} in sum"


def _order(label: object) -> tuple[float, str]:
    text = str(label)
    digits = text.rstrip("+")
    return (float(digits), text) if digits.replace(".", "", 1).isdigit() else (np.inf, text)
