"""The sample company's planted topics as they come out of its comments, by words alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.demo import mentioned_topics, truths
from cxlab.models.passport.conversation import Conversation, Told, listen
from cxlab.models.voice import counts_by_period, life_cycle
from cxlab.periods import Period
from cxlab.report.pages.comments.heard import Voices

pytestmark = pytest.mark.slow

NOW = Period.of(truths.QUARTERS[-1])
INNOCENT, BAD, _ = truths.CO_OCCURRING


@pytest.fixture(scope="module")
def comments(company) -> pd.DataFrame:  # noqa: ANN001
    nps = company.nps()
    said = nps[nps["answered_at"].notna() & nps["Q2"].fillna("").str.strip().ne("")]
    return pd.DataFrame(
        {
            "answered_at": said["answered_at"],
            "comment": said["Q2"],
            "customer_id": said["ExternalReference"] if "ExternalReference" in said else said["ResponseId"],
            "score": said["score"],
            "survey": "nps",
            "region": said["Region"],
        }
    ).reset_index(drop=True)


@pytest.fixture(scope="module")
def conversation(comments: pd.DataFrame) -> Conversation:
    return listen(comments, NOW.trail(5))


def planted(told: Told) -> pd.Series:
    """Topic id -> the planted topic that most of its units have, for topics of a period."""
    units = told.topics.units.dropna(subset="topic")
    truth = [(mentioned_topics(text) or ("",))[0] for text in units["text"]]
    return pd.crosstab(units["topic"], pd.Series(truth, units.index)).idxmax(axis=1)


def test_topics_are_the_planted_ones(conversation: Conversation) -> None:
    for told in conversation.told:
        units = told.topics.units
        of = planted(told)
        truth = pd.Series([(mentioned_topics(text) or ("",))[0] for text in units["text"]])
        found = units["topic"].map(of).fillna("")
        for topic in truths.TOPIC_EFFECT:
            if (truth == topic).sum() < 40:
                continue
            both = ((truth == topic) & (found == topic)).sum()
            assert 2 * both / ((truth == topic).sum() + (found == topic).sum()) > 0.8, topic


def test_ids_say_the_same_in_every_quarter(conversation: Conversation) -> None:
    """Of the topics with 15 units and more in two quarters following each other at least 95 % keep what they say."""
    kept = []
    for before, now in zip(conversation.told, conversation.told[1:], strict=False):
        sizes = [told.topics.units["topic"].value_counts() for told in (before, now)]
        large = [set(size[size >= 15].index) for size in sizes]
        then, today = planted(before), planted(now)
        kept += [then[topic] == today[topic] for topic in large[0] & large[1]]
    assert len(kept) > 40 and np.mean(kept) >= 0.95


def test_the_new_topic_is_found_in_its_first_quarter(conversation: Conversation) -> None:
    first = min(quarter for topic, quarter in truths.TOPIC_SHARE_IN if topic == truths.NEW_TOPIC)
    last = conversation.now
    ids = [topic for topic, of in planted(last).items() if of == truths.NEW_TOPIC]
    assert first in {conversation.register[topic].born for topic in ids}
    members = [each.topics.held_in(each.rows["comment"].tolist()) for each in (last,)][0]
    assert members[ids].any(axis=1).sum() > 40


def test_points_go_with_what_they_are_planted_in(comments: pd.DataFrame, conversation: Conversation) -> None:
    page = Voices({"responses": comments.assign(response_id=comments.index.astype(str))}, NOW)
    told = page.impact.table.set_index("topic")
    of = planted(page.now).reindex(told.index).fillna("")
    value = told["value"].groupby(of).sum()
    assert told["value"].sum() == pytest.approx(page.impact.gap, abs=1e-9)
    # The sign of the planted effects that are large enough to be seen.
    for topic, effect in truths.TOPIC_EFFECT.items():
        if abs(effect) * truths.TOPIC_SHARE[topic] > 0.015:
            assert np.sign(value[topic]) == np.sign(effect), topic
    lower = set(of[told["verdict"] == "goes with a lower score"])
    higher = set(of[told["verdict"] == "goes with a higher score"])
    assert BAD in lower and {"ease of use", "helpful people"} & higher
    assert not lower & {"ease of use", "helpful people", "onboarding help", INNOCENT, "documentation"}
    # The innocent topic travels with the bad one: leaving out blames it, reckoning together does not.
    naive = told["leave_one_out"].groupby(of).sum()
    assert abs(value[INNOCENT]) < 0.5 < -naive[INNOCENT]


def test_what_fades_and_what_is_new_is_told(conversation: Conversation) -> None:
    members = pd.concat([each.topics.members for each in conversation.told], ignore_index=True)
    rows = pd.concat([each.rows for each in conversation.told], ignore_index=True)
    held = members.astype(object).fillna(False).astype(bool)
    of = planted(conversation.now)
    together = pd.DataFrame(
        {topic: held[[i for i in of.index[of == topic] if i in held]].any(axis=1) for topic in set(of) - {""}}
    )
    states = life_cycle(counts_by_period(together, rows, NOW.trail(5))).set_index("topic")["state"]
    assert states[truths.NEW_TOPIC] in ("new", "growing")
    assert states["slow reports"] in ("fading", "fixed")
    assert (states.drop([truths.NEW_TOPIC, "slow reports"]).isin(["steady", "cannot tell"])).sum() >= len(states) - 4
