"""How long customers stay: curves by group, and when in their life they leave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.survival import DAYS_OF_MONTH, DIFFER, Staying
from cxlab.report import prose
from cxlab.report.figures import curves, groups
from cxlab.report.html import say
from cxlab.report.tables import table
from cxlab.stats.comparisons import FALSE_DISCOVERY

#: Attributes by which staying is looked at, if the customers table has them.
ATTRIBUTES = ("segment", "plan", "region", "size", "industry", "channel")
_MONTHS = 60.0
_MOST_LEVELS = 12


def attributes_of(stay: Staying) -> list[str]:
    """The attributes to group by: known ones with 2 to 12 levels."""
    return [
        name
        for name in ATTRIBUTES
        if name in stay.attributes and 2 <= stay.attributes[name].nunique(dropna=True) <= _MOST_LEVELS
    ]


def tested(stay: Staying) -> pd.DataFrame:
    """Log-rank tests of all attributes as one family, the surest first."""
    return stay.differ(attributes_of(stay)).sort_values(["q", "p"], kind="stable").reset_index(drop=True)


def pieces(stay: Staying) -> list[Any]:
    """Words on all, a picture by the attribute that tells most, when in their life they leave, and what was tested."""
    tests = tested(stay)
    shown: list[Any] = [say(*all_of_them(stay))]
    if len(tests):
        shown += _by(stay, str(tests["by"][0]), tests["verdict"][0] == DIFFER)
        shown.append(say(_told(tests)))
    shown.append(_hazard(stay))
    return shown


def all_of_them(stay: Staying) -> list[str]:
    """How many are there after a year and three, and when half have left."""
    curve, since = stay.curve(), stay.told_from()
    among = f" of those who stayed {prose.count(since / DAYS_OF_MONTH)} months" if since else ""
    said = []
    for years, words in ((1, "a year"), (3, "three years")):
        done, low, high = curve.done_by(365.25 * years)
        if prose.is_finite(done) and 365.25 * years > since:
            state = prose.value(1 - done, "share", 1 - high, 1 - low)
            said.append(f"After {words} {state}{among} are still there ({_interval(1 - high, 1 - low)}).")
    half, low, high = (each / DAYS_OF_MONTH for each in curve.quantile(0.5))
    if np.isfinite(half):
        limits = f"{low:,.0f} to {high:,.0f}" if np.isfinite(high) else f"{low:,.0f} or more"
        said.append(f"Half have left after {half:,.0f} months ({limits}).")
    else:
        said.append("Fewer than half have left within the time they can be followed.")
    return said


def stands_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Groups that leave more often than all others of the same tenure, for certain; the furthest first."""
    return frame[frame["ratio_low"] > 1].sort_values("ratio", ascending=False, kind="stable")


def whom(by: str, name: object) -> str:
    """ "Customers with plan Starter" or "Customers in region DACH"."""
    return f"Customers {'in' if by in ('region', 'industry') else 'with'} {by.replace('_', ' ')} {name}"


def often(row: pd.Series) -> str:
    """ "1.4 times as often (1.3 to 1.6)"."""
    return f"{row['ratio']:.1f} times as often ({row['ratio_low']:.1f} to {row['ratio_high']:.1f})"


def _by(stay: Staying, by: str, differs: bool) -> list[Any]:
    frame, shares = stay.groups(by), stay.curves(by)
    worst = stands_out(frame)
    name = by.replace("_", " ")
    if differs and len(worst):
        row = worst.iloc[0]
        title = f"{whom(by, row[by])} leave {often(row)} as all customers of the same tenure"
    elif differs:
        title = f"How long customers stay differs by {name}"
    else:
        title = f"That any {name} leaves sooner cannot be told from chance"
    found: list[Any] = []
    if len(shares):
        until = min(_MONTHS, float(shares.groupby(by)["time"].max().min()) if len(shares) else _MONTHS)
        shares = _leading_last(shares, by, str(worst[by].iloc[0]) if differs and len(worst) else "")
        found.append(
            curves(
                shares,
                by=by,
                unit="months",
                since="signing",
                until=until,
                title=title,
                alt=f"Share that has left by months since signing, a curve a {name}. " + _ends(shares, by, until),
                note="Share that has left. The band is the 95 % interval of the curve in colour; accounts that signed "
                "before leavings were recorded count from the tenure they had by then.",
            )
        )
    found.append(_listed(frame, by))
    return found


def _leading_last(shares: pd.DataFrame, by: str, name: str) -> pd.DataFrame:
    """The group that the title names last: that curve has the colour and the band. Of more than five the largest."""
    names = list(dict.fromkeys(shares[by]))
    order = [other for other in names[-5:] if other != name][-4 if name in names else -5 :]
    order += [name] if name in names else []
    return pd.concat([shares[shares[by] == each] for each in order], ignore_index=True)


def _ends(shares: pd.DataFrame, by: str, until: float) -> str:
    said = []
    for name, part in shares[shares["time"] <= until].groupby(by, sort=False):
        last = part.iloc[-1]
        said.append(f"{name} {prose.value(last['done'], 'share', last['low'], last['high'])}")
    return f"After {until:,.0f} months: {', '.join(said)}."


def _listed(frame: pd.DataFrame, by: str) -> Any:
    shown = pd.DataFrame(
        {
            by: frame[by],
            "n": frame["n"],
            "left": frame["left"],
            "mean": [_months(row) for _, row in frame.iterrows()],
            "ratio": [
                f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"
                if prose.is_finite(row["ratio"])
                else "too few to say"
                for _, row in frame.iterrows()
            ],
        }
    )
    return table(
        shown,
        names={"n": "customers", "mean": "months with us, of the first sixty", "ratio": "left against expected"},
        caption=f"By {by.replace('_', ' ')}: expected is what would have left had all left alike at the same tenure",
    )


def _months(row: pd.Series) -> str:
    if not prose.is_finite(row["value"]):
        return "not known"
    return f"{row['value']:.0f} ({row['low']:.0f} to {row['high']:.0f})"


def _told(tests: pd.DataFrame) -> str:
    differ = [str(name) for name in tests.loc[tests["verdict"] == DIFFER, "by"]]
    rest = [str(name) for name in tests.loc[tests["verdict"] != DIFFER, "by"]]
    said = f"How soon customers leave differs by {_and(differ)}" if differ else ""
    if rest:
        said += ("; for " if said else "For ") + f"{_and(rest)} no difference can be told from chance"
    return f"{said} (log-rank tests, {len(tests)} taken together)."


def _hazard(stay: Staying) -> Any:
    frame = stay.hazard()
    known = frame[frame["quarters"] >= 5].reset_index(drop=True)
    overall = 1 - np.exp(-stay.left.sum() / frame["quarters"].sum())
    rows = known.assign(tenure=[_band(row) for _, row in known.iterrows()])
    title = "That leaving is likelier at any tenure cannot be told from chance"
    if stay.steady() <= FALSE_DISCOVERY:
        told = [
            f"{words} at {_and(list(rows.loc[chosen, 'tenure']))}"
            for words, chosen in (("less often", rows["high"] < overall), ("more often", rows["low"] > overall))
            if chosen.any()
        ]
        title = (
            f"Customers leave {_and(told)} than at other times of their stay"
            if told
            else "How often customers leave changes with tenure"
        )
    return groups(
        rows,
        by="tenure",
        unit="share",
        title=title,
        alt="Share of customers that leave within a quarter, by how long they have been customers: "
        + "; ".join(
            f"{row['tenure']} {prose.value(row['value'], 'share', row['low'], row['high'])}"
            for _, row in rows.iterrows()
        )
        + ".",
        better="down",
        note="Share leaving within a quarter, with its 95 % interval, by time since signing; n is customers seen then.",
        company=float(overall),
        company_name="all",
    )


def _band(row: pd.Series) -> str:
    start, end = row["from"], row["to"]
    unit, size = ("years", 12) if start >= 12 else ("months", 1)
    if np.isinf(end):
        return f"over {start / size:.0f} {unit}"
    return f"{start / size:.0f} to {end / size:.0f} {unit}"


def _and(names: list[str]) -> str:
    words = [name.replace("_", " ") for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _interval(low: float, high: float) -> str:
    return prose.interval(low, high, "share")
