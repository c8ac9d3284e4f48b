"""Employees' engagement at the sample company: five statements a wave, from small teams too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import truths
from cxlab.demo.draws import DAY, pick, quarter_days, stream
from cxlab.demo.moments import homes
from cxlab.demo.shapes import iso, write_delimited
from cxlab.demo.stains import pad, repeat_rows, strew


def ask_engagement(seed: int) -> pd.DataFrame:
    """One row an answer and statement: answered_on (datetime64[s]), team, item, rating 1-5.

    The people and teams are those of the eNPS survey, a wave a quarter; nobody is told from anybody else.
    """
    home, lower = homes(seed), truths.ENGAGEMENT_TEAM
    parts = []
    for quarter in truths.QUARTERS:
        rng = stream(seed, "engagement", quarter)
        who = np.flatnonzero(rng.random(len(home)) < 0.70)
        day = quarter_days(quarter)[0] + rng.integers(55, 66, len(who)) * DAY
        for item, share in truths.TRUE_ENGAGEMENT.items():
            low = (home[who] == lower["team"]) & (item == lower["item"])
            agrees = rng.random(len(who)) < share + lower["effect"] * low
            yes = pick(rng, (4, 5), (0.6, 0.4), len(who))
            rating = np.where(agrees, yes, pick(rng, (1, 2, 3), (0.15, 0.3, 0.55), len(who))).astype(int)
            parts.append(
                pd.DataFrame(
                    {"answered_on": day.astype("datetime64[s]"), "team": home[who], "item": item, "rating": rating}
                )
            )
    return pd.concat(parts, ignore_index=True).sort_values("answered_on", kind="stable", ignore_index=True)


def write_engagement(seed: int, path: Path, answers: pd.DataFrame) -> Path:
    """Write the engagement survey as a CSV, one line an answer and statement, with some codes off the scale."""
    rng, dirt = stream(seed, "engagement file"), truths.DIRT["engagement"]
    frame = pd.DataFrame(
        {
            "Answer": [f"{row:06d}" for row in range(1, len(answers) + 1)],
            "Date": [text[:10] for text in iso(answers["answered_on"])],
            "Team": pad(rng, answers["team"]),
            "Statement": answers["item"],
            "Rating": answers["rating"].astype(str),
        }
    ).astype(object)
    extra = frame.iloc[rng.choice(len(frame), dirt["off_scale"], replace=False)].assign(Rating="9")
    extra["Answer"] = [f"9{place:05d}" for place in range(len(extra))]
    return write_delimited(path, strew(rng, repeat_rows(rng, frame, dirt["duplicate"]), extra))
