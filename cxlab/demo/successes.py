"""What the customers of the sample company achieved themselves, as their account managers wrote it down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import truths
from cxlab.demo.draws import DAY, pick, quarter_days, stream
from cxlab.demo.history import History
from cxlab.demo.shapes import iso, write_delimited


def record_successes(seed: int, accounts: pd.DataFrame, history: History) -> pd.DataFrame:
    """Successes in order of time: account, won_on (day), what. Each account has each kind once at most.

    Of the accounts active at the start of a quarter exactly the share CUSTOMER_WINS (rounded) has one in it.
    """
    kinds = tuple(truths.CUSTOMER_WIN_KINDS)
    parts = []
    for quarter in truths.QUARTERS:
        rng = stream(seed, "customer wins", quarter)
        active = np.flatnonzero(history.states[quarter]["active"])
        number = np.sort(rng.permutation(active)[: round(len(active) * truths.CUSTOMER_WINS)])
        first, end = quarter_days(quarter)
        day = first + rng.integers(0, int((end - first) / DAY), len(number)) * DAY
        what = pick(rng, kinds, tuple(truths.CUSTOMER_WIN_KINDS.values()), len(number))
        parts.append(pd.DataFrame({"number": number, "won_on": day, "what": what}))
    table = pd.concat(parts, ignore_index=True)
    table["account"] = accounts["customer_id"].to_numpy(dtype=object)[table["number"]]
    gone = history.closed_on[table["number"].to_numpy()].astype("datetime64[D]")
    table = table[np.isnat(gone) | (table["won_on"].to_numpy().astype("datetime64[D]") < gone)]
    table = table.sort_values(["won_on", "account"], kind="stable").drop_duplicates(["account", "what"])
    return table[["account", "won_on", "what"]].reset_index(drop=True)


def write_successes(path: Path, successes: pd.DataFrame) -> Path:
    """Write the list as account managers keep it: date, account, what."""
    day = [text[:10] for text in iso(successes["won_on"].to_numpy().astype("datetime64[s]"))]
    columns = {"date": day, "account": successes["account"], "what": successes["what"]}
    return write_delimited(path, pd.DataFrame(columns))
