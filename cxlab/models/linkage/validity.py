"""Whether a measure alone foretells who leaves, in every group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.linkage import checks
from cxlab.models.linkage.panel import LEFT, Panel

FORETELLS, WRONG_WAY, CANNOT_TELL = "foretells", "foretells the wrong way", "cannot tell"
COLUMNS = ("measure", "n", "left", "auc", "low", "high", "verdict")
ALL = "all"


def validity(panel: Panel, by: str = "", measures: Sequence[str] | None = None) -> pd.DataFrame:
    """How often a later leaver had the worse value than a later stayer (area under the ROC curve), by group.

    measures: those of which it is known which way is better (by default all). by: a control that is a category; the row
    "all" comes first. Columns: measure, group (all, then the groups by name), n, left, auc (0.5 is a coin), low, high
    (95 %, by account), verdict: foretells, foretells the wrong way, or cannot tell. Nothing is fitted, so that every
    period may be looked at. Raises ParameterError for an unknown attribute.
    """
    names = [name for name, measure in panel.measures.items() if measure.better != "neither"]
    names = names if measures is None else [name for name in measures if name in names]
    groups = pd.Series(ALL, index=panel.customer.index)
    if by:
        if panel.controls is None or by not in panel.controls.frame:
            raise ParameterError.unknown("attribute", by, [] if panel.controls is None else panel.controls.frame)
        groups = panel.controls.frame[by].astype(str)
    left, accounts = panel.outcomes[LEFT].to_numpy(float) > 0.5, panel.accounts
    rows = []
    for name in names:
        values = panel.values[name].to_numpy(float)
        worse = values if panel.measures[name].better == "down" else -values
        for group in [ALL, *(sorted(groups.unique()) if by else [])]:
            mine = ~np.isnan(values) & ((groups == group).to_numpy() if group != ALL else True)
            found = checks.area(left[mine], worse[mine], accounts[mine])
            value, low, high = found or (np.nan,) * 3
            verdict = FORETELLS if low > 0.5 else WRONG_WAY if high < 0.5 else CANNOT_TELL
            rows.append((name, group, int(mine.sum()), int(left[mine].sum()), value, low, high, verdict))
    return pd.DataFrame(rows, columns=["measure", "group", *COLUMNS[1:]])
