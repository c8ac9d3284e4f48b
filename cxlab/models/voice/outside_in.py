"""Outside-in: themes that customers raise and no internal touchpoint covers, and touchpoints nobody speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.models.voice.likeness import LIKE, UNLIKE, Encode, Label, nearest_labels
from cxlab.models.voice.mentions import accounts_of, heard, shares, side_by_side
from cxlab.models.voice.routing import PEOPLE
from cxlab.periods import Period

COVERED, NOT_COVERED, UNSURE = "covered", "not covered", "unsure"
SPOKEN_OF, NOT_SPOKEN_OF = "spoken of", "nobody speaks of it"
WORDS = "words"
#: What people write in the column `touchpoint` where no touchpoint covers the topic.
_NONE = ("none", "no", "-", "not covered")


@dataclass(frozen=True)
class OutsideIn:
    """`themes`: a row a topic, most comments first: topic, name, n, heard, share, low, high, status ("covered", "not
    covered", "unsure"), touchpoint (the nearest one, whatever the status), said_by ("people's file" or "words"),
    overlap, cosine. `touchpoints`: a row a touchpoint in the order given: touchpoint, status ("spoken of", "nobody
    speaks of it", "unsure"), topics (ids that it covers), n (comments that hold one of them), heard, share, low, high.
    """

    themes: pd.DataFrame
    touchpoints: pd.DataFrame


def touchpoints_in(given: Sequence[str] | Mapping[str, Sequence[str]] | None, moments: Sequence[str] = ()) -> list[str]:
    """The internal touchpoint list: [topics] touchpoints ("help desk: support, tickets", or a table name -> words),
    else the [journey] moments. Each once, in order."""
    if isinstance(given, Mapping):
        given = [f"{name}: {', '.join([words] if isinstance(words, str) else words)}" for name, words in given.items()]
    return list(dict.fromkeys(str(text).strip() for text in (given or moments)))


def outside_in(
    members: pd.DataFrame,
    comments: pd.DataFrame,
    topics: pd.DataFrame,
    touchpoints: Sequence[str],
    *,
    encode: Encode | None = None,
    period: Period | None = None,
) -> OutsideIn:
    """Which customer themes an internal touchpoint covers, with volume and share, and which touchpoints go unmentioned.

    `touchpoints` as `touchpoints_in` gives them. The people's file decides where it says something (a column
    `touchpoint` of `topics`: the name of one, or "none"); else words in common and closeness of meaning do, and say
    "unsure" where neither is plain (`nearest_labels`). A touchpoint that may be meant by an unsure theme is itself
    unsure. Shares are of the comments heard in `period`, accounts as clusters; nobody speaking of a touchpoint gives
    the share 0 with its upper limit.
    """
    members, comments = side_by_side(members, comments)
    counts = heard(comments, period)
    mine, rows = members[counts].reset_index(drop=True), comments[counts].reset_index(drop=True)
    labels = [Label.read(text) for text in touchpoints]
    known = topics[topics["topic"].isin(mine.columns)].reset_index(drop=True)
    near = nearest_labels(known, labels, encode)
    status = near["likeness"].map({LIKE: COVERED, UNLIKE: NOT_COVERED}).fillna(UNSURE)
    themes = near.assign(status=status, said_by=WORDS).rename(columns={"label": "touchpoint"})
    if "touchpoint" in known:
        for topic, text in zip(known["topic"], known["touchpoint"].fillna("").astype(str).str.strip(), strict=True):
            if text:
                said = NOT_COVERED if text.casefold() in _NONE else COVERED
                named = next((label.name for label in labels if label.name.casefold() == text.casefold()), text)
                touchpoint = themes.loc[topic, "touchpoint"] if said == NOT_COVERED else named
                themes.loc[topic, ["touchpoint", "status", "said_by"]] = [touchpoint, said, PEOPLE]
    volume = shares(mine[known["topic"].tolist()], accounts_of(rows)).rename(columns={"value": "share"})
    themes = themes.join(volume.drop(columns="n_eff")).assign(name=known.set_index("topic")["name"])
    order = ["topic", "name", "n", "heard", "share", "low", "high", "status", "touchpoint", "said_by"]
    themes = themes.reset_index()[[*order, "overlap", "cosine"]]
    themes = themes.sort_values(["n", "topic"], ascending=[False, True], kind="stable", ignore_index=True)
    return OutsideIn(themes, _of_touchpoints(labels, themes, mine, accounts_of(rows)))


def _of_touchpoints(
    labels: Sequence[Label], themes: pd.DataFrame, members: pd.DataFrame, accounts: pd.Series | None
) -> pd.DataFrame:
    ids = [
        themes.loc[(themes["touchpoint"] == label.name) & (themes["status"] == COVERED), "topic"].tolist()
        for label in labels
    ]
    spoken = pd.DataFrame({place: members[mine].any(axis=1) for place, mine in enumerate(ids)}, index=members.index)
    volume = shares(spoken.reindex(columns=range(len(labels))).astype(bool), accounts).rename(
        columns={"value": "share"}
    )
    maybe = set(themes.loc[themes["status"] == UNSURE, "touchpoint"])
    status = [
        SPOKEN_OF if n else UNSURE if label.name in maybe else NOT_SPOKEN_OF
        for label, n in zip(labels, volume["n"], strict=True)
    ]
    table = volume.reset_index(drop=True).drop(columns="n_eff")
    front = pd.DataFrame({"touchpoint": [label.name for label in labels], "status": status})
    front["topics"] = pd.Series(ids, dtype=object)
    return pd.concat([front, table.replace([np.inf], np.nan)], axis=1)
