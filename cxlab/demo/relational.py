"""The quarterly NPS survey of the sample company: who is asked, what they would say, who answers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cxlab.demo import names, truths
from cxlab.demo.comments import CLASSES, draw_topics, stain, topic_pull, write_comments
from cxlab.demo.draws import DAY, at, later, pick, quarter_days, stream

#: People drawn at a time: what bounds the memory at any scale.
CHUNK = 150_000
_PLAIN = str.maketrans("áéíóúñäöüß", "aeiounaous")
_COMPONENTS = ("open_tickets", "low_usage", "late_onboarding")


def account_pull(accounts: pd.DataFrame, state: dict[str, np.ndarray], known: np.ndarray) -> np.ndarray:
    """What region, team and the conditions of an account do to its people's mean of x (floats, account order).

    Centred within segment over the people known (`known`, counts) at accounts that are asked, so that the truth per
    segment holds exactly.
    """
    pull = accounts["region"].map(truths.REGION_EFFECT).to_numpy(dtype=float)
    pull = pull + accounts["team"].map(truths.TEAM_EFFECT).fillna(0.0).to_numpy(dtype=float)
    for name in _COMPONENTS:
        pull = pull + truths.DRIVER_NPS_EFFECT[name] * state[name]
    weight = np.where(state["asked"], known, 0)
    for segment in truths.SEGMENTS:
        mine = (accounts["segment"] == segment).to_numpy()
        if weight[mine].sum() > 0:
            pull[mine] -= np.average(pull[mine], weights=weight[mine])
    return pull


def invite(
    seed: int, quarter: str, accounts: pd.DataFrame, state: dict[str, np.ndarray], people_per_account: float
) -> Iterator[pd.DataFrame]:
    """Invitations of one quarter, CHUNK people known at a time; answered ones have `score` and `answered_at`.

    `people_per_account` multiplies the people known at every account. Columns: number (of the account), contact,
    sent_at, answered_at, score (float, NaN without an answer), comment, language.
    """
    known = np.maximum(1, np.round(accounts["contacts"].to_numpy() * people_per_account)).astype(np.int64)
    pull = account_pull(accounts, state, known)
    asked = np.flatnonzero(state["asked"])
    edges = np.concatenate([[0], np.cumsum(known[asked])])
    for chunk, low in enumerate(range(0, int(edges[-1]), CHUNK)):
        position = np.arange(low, min(low + CHUNK, int(edges[-1])))
        place = np.searchsorted(edges, position, side="right") - 1
        rng = stream(seed, "relational", quarter, chunk)
        chosen = rng.random(len(position)) < truths.INVITED
        number, contact = asked[place[chosen]], (position - edges[place])[chosen]
        yield _answer(rng, quarter, accounts, number, contact, pull[number])


def _answer(
    rng: np.random.Generator,
    quarter: str,
    accounts: pd.DataFrame,
    number: np.ndarray,
    contact: np.ndarray,
    pull: np.ndarray,
) -> pd.DataFrame:
    """Draw what invited people would say, then who says it."""
    total = len(number)
    segment = accounts["segment"].to_numpy(dtype=object)[number]
    truth = pd.Series(segment).map({name: row[quarter] / 100 for name, row in truths.TRUE_NPS.items()})
    has = draw_topics(rng, quarter, total)
    mean = np.clip(truth.to_numpy(dtype=float) + pull + topic_pull(has, quarter), -1, 1)
    passives = np.minimum(truths.PASSIVES, 1 - np.abs(mean))
    draw = rng.random(total)
    classes = np.where(draw < (1 - passives + mean) / 2, 0, np.where(draw < (1 + passives + mean) / 2, 1, 2))
    score = np.empty(total)
    for code, name in enumerate(CLASSES):
        mine = classes == code
        within = truths.WITHIN[name]
        score[mine] = pick(rng, tuple(within), tuple(within.values()), int(mine.sum())).astype(float)
    rate = np.array([truths.ANSWERS[name] for name in CLASSES])[classes]
    answers = rng.random(total) < rate
    sent = at(quarter_days(quarter)[0] + rng.integers(10, 66, total) * DAY, rng, 8.0, 11.0)
    answered = later(sent, np.minimum(rng.exponential(52.0, total), 14 * 24) + 0.1)
    language = accounts["language"].to_numpy(dtype=object)[number]
    language = np.where(rng.random(total) < truths.WRITES_ENGLISH, "en", language)
    inclined = np.where(has.any(axis=1), truths.COMMENTS["topic"], truths.COMMENTS["none"])
    writes = answers & (rng.random(total) < inclined)
    comment = np.full(total, "", dtype=object)
    rows = np.flatnonzero(writes)
    texts = write_comments(rng, has[rows], classes[rows], language[rows])
    who = contacts(accounts, number[rows], contact[rows])
    comment[rows] = stain(
        rng,
        texts,
        language[rows],
        (who["given"] + " " + who["family"]).to_numpy(dtype=object),
        who["mail"].to_numpy(dtype=object),
        who["phone"].to_numpy(dtype=object),
        accounts["name"].to_numpy(dtype=object)[number[rows]],
    )
    return pd.DataFrame(
        {
            "number": number,
            "contact": contact,
            "sent_at": sent,
            "answered_at": np.where(answers, answered, np.datetime64("NaT", "s")),
            "score": np.where(answers, score, np.nan),
            "comment": comment,
            "language": language,
        }
    )


def contacts(accounts: pd.DataFrame, number: np.ndarray, contact: np.ndarray) -> pd.DataFrame:
    """Who a person is, the same in every export: contact_id, given, family, mail, phone, role (texts)."""
    mix = (number.astype(np.int64) * 7919 + contact * 104_729) % 1_000_003
    given, family = names.people(mix, accounts["language"].to_numpy(dtype=object)[number])
    ids, domains = (accounts[name].to_numpy(dtype=object)[number] for name in ("customer_id", "domain"))
    dial = accounts["dial"].to_numpy(dtype=object)[number]
    roles = np.array(names.ROLES, dtype=object)
    rows = zip(given, family, contact.tolist(), domains, strict=True)
    return pd.DataFrame(
        {
            "contact_id": [f"{name}-{place:02d}" for name, place in zip(ids, contact.tolist(), strict=True)],
            "given": given,
            "family": family,
            "mail": [f"{a[0]}.{b}{c}@{d}".lower().translate(_PLAIN) for a, b, c, d in rows],
            "phone": [f"{start}{value % 1000:03d}" for start, value in zip(dial, mix.tolist(), strict=True)],
            "role": roles[mix % len(roles)],
        }
    ).astype(object)
