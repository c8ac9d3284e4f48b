"""What a reader should know of comments that were heard, in sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.models.texts.language_names import language_name
from cxlab.models.texts.preparing import Prepared
from cxlab.models.topics.clustering import groups_of
from cxlab.models.topics.few import FEW, TOO_FEW
from cxlab.models.topics.meeting import meeting_of


def remarks_of(prepared: Prepared, units: pd.DataFrame, across: bool) -> tuple[str, ...]:
    """What a reader should know: what was set aside, where there are few, whether languages meet."""
    given = len(prepared.comments)
    aside = prepared.set_aside
    reasons = [f"{count:,} {reason}" for reason, count in aside.items() if count]
    said = [f"{given:,} comments were given; {given - int(aside.sum()):,} were heard."]
    if reasons:
        said.append(f"Set aside: {', '.join(reasons)}.")
    themeless = int(prepared.comments["heard"].sum()) - units["comment"].nunique()
    if themeless:
        said.append(f"{themeless:,} comments hold a feeling and no theme; they count as heard and are in no topic.")
    group = groups_of(units["language"], across)
    names = [_language(units.loc[group == each, "language"]) for each in np.unique(group)]
    sizes = np.bincount(group, minlength=len(names)).tolist() if len(names) else [0]
    for name, size in zip(names or [""], sizes, strict=True):
        where = f" in {name}" if len(names) > 1 else ""
        if size < TOO_FEW:
            said.append(f"There are too few comments{where} to group: read them one by one.")
        elif size < FEW:
            said.append(
                f"With fewer than {FEW} things said{where}, only comments that say nearly the same are put together; "
                "most are in no group."
            )
    if len(names) > 1:
        said.append(
            f"Comments in {', '.join(names[:-1])} and {names[-1]} were grouped each by itself, since this encoder does "
            "not compare languages: the same thing said in two of them stands as two topics. Put twins together in the "
            "file of topics, or set an encoder that knows these languages."
        )
    return (*said, *(meeting_of(units).said if across else ()))


def _language(codes: pd.Series) -> str:
    most = codes[codes != ""].mode()
    return language_name(most[0]) if len(most) else "an unknown language"
