"""Features of the sample company's product: who takes them up, who may use them, who asked for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import truths
from cxlab.demo.draws import DAY, quarter_days, stream
from cxlab.demo.history import History
from cxlab.demo.shapes import german, write_delimited
from cxlab.demo.stains import repeat_rows, spell, strew


def take_up(seed: int, accounts: pd.DataFrame, history: History) -> pd.DataFrame:
    """Monthly use of ADOPTED and of the features in ENTITLED_USED: customer_id, used_on, feature, value (1 or more).

    Months are those that the product keeps, from the month after signing to the month of leaving. A month without use
    has no row.
    """
    rng = stream(seed, "take-up")
    months = history.months[-truths.USAGE_MONTHS :]
    signed = accounts["signed_on"].to_numpy().astype("datetime64[M]")
    left = history.closed_on.astype("datetime64[M]")
    there = (months[None, :] > signed[:, None]) & ~(months[None, :] > left[:, None])
    account, month = np.nonzero(there)
    since = (months[month] - signed[account]).astype(int)
    chance = np.array([truths.adoption(number) for number in range(since.max() + 1)])[since]
    frames = []
    for feature in (*truths.ADOPTED, *truths.ENTITLED_USED):
        # One draw an account: who has taken a feature up keeps it from then on.
        inclined = rng.random(len(accounts))[account]
        may = may_use(accounts, feature)[account]
        uses = may & (inclined < truths.ENTITLED_USED.get(feature, chance)) & (rng.random(len(since)) >= truths.PAUSES)
        frames.append(
            pd.DataFrame(
                {
                    "customer_id": accounts["customer_id"].to_numpy()[account[uses]],
                    "used_on": months[month[uses]].astype("datetime64[s]"),
                    "feature": feature,
                    "value": 1.0 + rng.poisson(6.0, int(uses.sum())),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def may_use(accounts: pd.DataFrame, feature: str) -> np.ndarray:
    """Whether the plan of each account has `feature` (booleans, account order)."""
    return accounts["plan"].isin(truths.ENTITLED[feature]).to_numpy()


def entitle(seed: int, accounts: pd.DataFrame, history: History) -> pd.DataFrame:
    """What active accounts may use: number, feature, entitled (bool), asked_on (datetime64[D], NaT: never asked)."""
    rng = stream(seed, "entitlements")
    number = np.flatnonzero(np.isnat(history.closed_on))
    signed = accounts["signed_on"].to_numpy().astype("datetime64[D]")[number]
    start, end = quarter_days(truths.QUARTERS[-4])[0], quarter_days(truths.QUARTERS[-1])[1]
    frames = []
    for feature in truths.ENTITLED:
        may = may_use(accounts, feature)[number]
        share = np.where(may, truths.ASKED_AND_GOT, truths.ASKED.get(feature, 0.0)) * (feature in truths.ASKED)
        asks = rng.random(len(number)) < share
        since = np.maximum(signed, start)
        day = since + (rng.random(len(number)) * ((end - since) / DAY)).astype(int) * DAY
        frames.append(
            pd.DataFrame(
                {
                    "number": number,
                    "feature": feature,
                    "entitled": may,
                    "asked_on": np.where(asks, day, np.datetime64("NaT", "D")),
                }
            )
        )
    return pd.concat(frames, ignore_index=True).sort_values(["number", "feature"], ignore_index=True)


def write_entitlements(seed: int, path: Path, accounts: pd.DataFrame, rights: pd.DataFrame) -> Path:
    """Write entitlements as billing exports them: semicolons, German dates."""
    rng, dirt = stream(seed, "entitlements file"), truths.DIRT["entitlements"]
    number = rights["number"].to_numpy()
    frame = pd.DataFrame(
        {
            "Customer no.": accounts["customer_id"].to_numpy(dtype=object)[number],
            "Plan": accounts["plan"].to_numpy(dtype=object)[number],
            "Feature": rights["feature"],
            "Entitled": spell(rng, rights["entitled"]),
            "Requested on": german(rights["asked_on"], clock=False),
        }
    ).astype(object)
    parts = []
    for kind, columns in (("unparseable_date", {"Requested on": "soon"}), ("unknown_customer", {})):
        copy = frame.iloc[rng.choice(len(frame), dirt[kind], replace=False)].assign(**columns)
        parts.append(copy.assign(**{"Customer no.": [f"NG-9{kind[2]}{place:03d}" for place in range(len(copy))]}))
    table = strew(rng, repeat_rows(rng, frame, dirt["duplicate"]), pd.concat(parts))
    return write_delimited(path, table, ";")
