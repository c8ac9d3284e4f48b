"""What follows each class of a score, as it looks: nothing is adjusted, nothing is tested."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.models.features.money import RENEWAL_MONTHS
from cxlab.models.linkage.panel import GROWTH, LEFT, Panel
from cxlab.stats.counting import count
from cxlab.stats.estimates import Counts, share

NO_ANSWER = "no answer"
COLUMNS = (
    *("class", "n", "left", "left_low", "left_high", "due", "renewed", "renewed_low", "renewed_high"),
    *("more", "more_low", "more_high"),
)


def by_class(panel: Panel, measure: str, min_n: int = 20, *, months: float = 3) -> pd.DataFrame:
    """Accounts in periods by the class of their score in the 90 days before: what became of them.

    The third of the scale that an account's mean lies in makes its class, "no answer" the last. n accounts in periods;
    left; renewed: of `due` (the contract was to be renewed in the period; known for quarters alone, `months` 3) those
    that had not left when it was over; more: of those who stayed, the share that paid more at the end. All are shares
    with Wilson's interval on the effective number of accounts. Classes with fewer than `min_n` lose their values.
    """
    told = panel.measures[measure]
    values = panel.values[measure].to_numpy(float)
    low, high = (-100.0, 100.0) if told.span > 100 else (0.0, 100.0)
    third = (high - low) / 3
    good, fair, bad = _names(measure)
    classes = np.select([np.isnan(values), values > high - third, values >= low + third], [NO_ANSWER, good, fair], bad)
    # The feature looks three months ahead, to the day; of periods of another length it says nothing.
    renewal = (
        panel.controls.frame.get("renewal_due") if panel.controls is not None and months == RENEWAL_MONTHS else None
    )
    left, growth = panel.outcomes[LEFT].to_numpy(float), panel.outcomes[GROWTH].to_numpy(float)
    due = np.zeros(len(left), bool) if renewal is None else (renewal.to_numpy(float) == 1)
    stayed = (left == 0) & ~np.isnan(growth)
    frame = pd.DataFrame({"class": classes, "customer": panel.customer.to_numpy(), "left": left, "more": growth > 1e-9})
    rows = pd.DataFrame({"class": [good, fair, bad, NO_ANSWER]})
    for name, hit, of in (("left", frame["left"], slice(None)), ("renewed", 1 - frame["left"], due),
                          ("more", frame["more"].astype(float), stayed)):  # fmt: skip
        part = frame.assign(hit=hit)[of] if not isinstance(of, slice) else frame.assign(hit=hit)
        rows = rows.merge(_shares(part, name), on="class", how="left")
    rows = rows.rename(columns={"left_n": "n", "renewed_n": "due"}).fillna({"n": 0, "due": 0, "more_n": 0})
    for name, of in (("left", "n"), ("renewed", "due"), ("more", "more_n")):
        rows.loc[rows[of] < min_n, [name, f"{name}_low", f"{name}_high"]] = np.nan
    return rows[list(COLUMNS)]


def _shares(part: pd.DataFrame, name: str) -> pd.DataFrame:
    columns = ["class", f"{name}_n", name, f"{name}_low", f"{name}_high"]
    if part.empty:
        return pd.DataFrame(columns=columns)
    counts = count(nw.from_native(part), ["class"], nw.col("hit"), cluster="customer")
    found = share(Counts.of(counts))
    parts = [counts["class"], found.n, found.value, found.low, found.high]
    return pd.DataFrame(dict(zip(columns, parts, strict=True)))


def _names(measure: str) -> tuple[str, str, str]:
    if measure == "nps":
        return "promoters", "passives or mixed", "detractors"
    return "good", "middling or mixed", "bad"
