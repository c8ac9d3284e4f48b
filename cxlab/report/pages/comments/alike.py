"""Every period counted by the topics of today, so that a topic found later is not taken for one nobody spoke of."""

from __future__ import annotations

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.models.impact.volume import share_changes, talk
from cxlab.models.passport.conversation import Told
from cxlab.models.voice import life_cycle, promises_on
from cxlab.models.voice.mentions import accounts_of, shares
from cxlab.report.pages.behind import collected
from cxlab.report.pages.comments.heard import Voices
from cxlab.stats.comparisons import adjust


def rows_of(told: Told) -> pd.DataFrame:
    """A period's comments, with whether each is heard."""
    return told.rows.assign(heard=told.topics.prepared.comments["heard"].to_numpy(dtype=bool))


def talk_changes(page: Voices) -> pd.DataFrame | None:
    """How the share of comments with each topic changed since the period before: `volume.share_changes` with q_share
    and talk ("more talk", "less talk", "cannot tell"). None where nothing was heard before."""
    if page.before is None or page.table.empty:
        return None
    (now, rows), (before, earlier) = ((page.held(each), rows_of(each)) for each in (page.now, page.before))
    ids = page.table["topic"].tolist()
    now, before = now.loc[rows["heard"], ids], before.loc[earlier["heard"], ids]
    if now.empty or before.empty:
        return None
    found = share_changes(
        now,
        before,
        cluster=accounts_of(rows[rows["heard"]]),
        before_cluster=accounts_of(earlier[earlier["heard"]]),
    )
    found = found.assign(q_share=adjust(found["p_share"].to_numpy(float)))
    return found.assign(talk=talk(found))


def counts(page: Voices) -> pd.DataFrame:
    """Comments by topic and period: topic, period (label), n, heard, n_eff, value (share, 0-1) with low and high (95 %,
    accounts as clusters); no value where nothing was heard."""
    parts = []
    for told in page.conversation.told:
        rows = rows_of(told)
        there = rows["heard"].to_numpy()
        table = shares(page.held(told)[there], accounts_of(rows[there])).reset_index()
        parts.append(table.assign(period=told.period.label))
    return pd.concat(parts, ignore_index=True)


def states(page: Voices) -> pd.DataFrame:
    """What state every topic is in (`voice.life_cycle`), promises of the ledger with it. Raises CxlabError."""
    names = page.now.topics.names
    if names.empty:
        raise CxlabError("there is no topic, so nothing can be new or growing")
    actions = collected(page.tables["actions"]) if "actions" in page.tables else None
    known = actions is not None and {"topic", "started_on", "action_id"} <= set(actions)
    promises = promises_on(names, actions, page.now.topics.encoder.encode) if known else None
    return life_cycle(counts(page), promises=promises, fiscal_year_starts=page.period.fiscal_year_starts)
