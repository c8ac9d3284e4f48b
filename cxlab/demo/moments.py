"""Surveys of the sample company beside the quarterly one: after events, on success and effort, employees, reviews."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.demo import names, truths
from cxlab.demo.comments import CLASSES, write_comments, write_remarks
from cxlab.demo.draws import DAY, at, later, pick, quarter_days, stream
from cxlab.demo.history import History
from cxlab.demo.relational import contacts

_AS_OF = np.datetime64(truths.AS_OF, "s")


def events(seed: int, accounts: pd.DataFrame, journeys: pd.DataFrame, history: History) -> pd.DataFrame:
    """Moments after which people are asked, in order of time: number, moment, happened_at, ticket_id, switched."""
    rng = stream(seed, "events")
    first, last = (quarter_days(truths.QUARTERS[place])[side] for place, side in ((0, 0), (-1, 1)))
    tickets = history.tickets
    parts = [
        tickets[["number", "ticket_id", "switched"]].assign(
            moment="ticket closed", happened_at=tickets["ends_at"].to_numpy().astype("datetime64[s]")
        )
    ]
    for milestone, moment in (("first value", "onboarding done"), ("training done", "training done")):
        mine = journeys[journeys["milestone"] == milestone]
        parts.append(mine[["number"]].assign(moment=moment, happened_at=mine["would_reach_at"].to_numpy()))
    for quarter in truths.QUARTERS:
        state, (start, end) = history.states[quarter], quarter_days(quarter)
        number = np.flatnonzero((state["renewal_due"] == 1) & state["active"])
        day = start + rng.integers(0, int((end - start) / DAY) - 14, len(number)) * DAY
        parts.append(pd.DataFrame({"number": number, "moment": "renewal decided", "happened_at": at(day, rng)}))
    gone = np.flatnonzero(~np.isnat(history.closed_on))
    parts.append(
        pd.DataFrame(
            {
                "number": gone,
                "moment": "contract ended",
                "happened_at": at(history.closed_on[gone], rng, 8.0, 12.0),
            }
        )
    )
    table = pd.concat(parts, ignore_index=True)
    happened = table["happened_at"].to_numpy().astype("datetime64[s]")
    closed = history.closed_on[table["number"]]
    there = np.isnat(closed) | (happened <= closed.astype("datetime64[s]") + DAY)
    table = table[there & (happened >= first) & (happened < last - 14 * DAY)]
    asked = rng.random(len(table)) < table["moment"].map(truths.ASKED_AFTER).to_numpy(dtype=float)
    table = table[asked].fillna({"ticket_id": "", "switched": False})
    return table.sort_values("happened_at", kind="stable").reset_index(drop=True)


def true_csat(moment: np.ndarray, team: np.ndarray, region: np.ndarray, day: np.ndarray) -> np.ndarray:
    """True probability of being satisfied: moment, team, and the actions where and since they apply."""
    mean = pd.Series(moment).map(truths.TRUE_CSAT).to_numpy(dtype=float)
    mean = mean + pd.Series(team).map(truths.CSAT_TEAM_EFFECT).fillna(0.0).to_numpy(dtype=float)
    for action in (truths.WORKING_ACTION, truths.IDLE_ACTION):
        applies = (moment == action["moment"]) & (region == action["region"])
        mean = mean + action["effect"] * (applies & (day >= np.datetime64(action["started_on"], "s")))
    return mean


def ask_after_events(seed: int, accounts: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """The transactional survey: one row an event, with csat 1-5 and ces 1-7 where answered (NaN where not).

    Columns of `asked` and team, region, contact, sent_at, answered_at, csat, ces, comment, language, survey_id.
    """
    rng, total = stream(seed, "transactional"), len(asked)
    number, moment = asked["number"].to_numpy(), asked["moment"].to_numpy(dtype=object)
    team, region, language = (accounts[name].to_numpy(dtype=object)[number] for name in ("team", "region", "language"))
    happened = asked["happened_at"].to_numpy().astype("datetime64[s]")
    satisfied = rng.random(total) < true_csat(moment, team, region, happened)
    easy_share = asked["moment"].map(truths.TRUE_CES).to_numpy(dtype=float)
    switched = asked["switched"].to_numpy(dtype=bool) & (moment == "ticket closed")
    easy_share = easy_share + truths.CHANNEL_SWITCH_CES * switched
    easy = rng.random(total) < easy_share
    table = asked.assign(team=team, region=region)
    table["contact"] = rng.integers(0, accounts["contacts"].to_numpy()[number])
    table["sent_at"] = later(happened, np.full(total, 2.0))
    rate = np.where(satisfied, truths.TRANSACTIONAL_ANSWERS["satisfied"], truths.TRANSACTIONAL_ANSWERS["unsatisfied"])
    answers = rng.random(total) < rate
    answered = later(table["sent_at"].to_numpy(), np.minimum(rng.exponential(20.0, total), 7 * 24) + 0.1)
    table["answered_at"] = np.where(answers, answered, np.datetime64("NaT", "s"))
    csat = np.where(satisfied, pick(rng, (4, 5), (0.45, 0.55), total), pick(rng, (1, 2, 3), (0.3, 0.3, 0.4), total))
    ces = np.where(easy, pick(rng, (5, 6, 7), (0.3, 0.4, 0.3), total), pick(rng, (1, 2, 3, 4), (2, 2, 3, 3), total))
    table["csat"] = np.where(answers, csat.astype(float), np.nan)
    table["ces"] = np.where(answers, ces.astype(float), np.nan)
    table["language"] = np.where(rng.random(total) < truths.WRITES_ENGLISH, "en", language)
    writes = answers & (rng.random(total) < 0.35)
    remarks = write_remarks(rng, satisfied, table["language"].to_numpy(dtype=object))
    table["comment"] = np.where(writes, remarks, "")
    table["survey_id"] = [f"{118_000_000_000 + 7 * row}" for row in range(total)]
    return table


def ask_success(seed: int, accounts: pd.DataFrame, history: History) -> pd.DataFrame:
    """Success, effort, emotion (1-7), some 15 % of accounts a quarter: number, contact, answered_at, the three."""
    parts = []
    for quarter in truths.QUARTERS:
        rng, start = stream(seed, "success", quarter), quarter_days(quarter)[0]
        number = np.flatnonzero(history.states[quarter]["asked"] & (rng.random(len(accounts)) < 0.15))
        part = pd.DataFrame({"number": number, "contact": 0})
        part["answered_at"] = at(start + rng.integers(5, 80, len(number)) * DAY, rng)
        for question, (high, low) in truths.TRUE_SEE.items():
            shares = (
                *(low * np.array([0.2, 0.3, 0.5])),
                *((1 - high - low) * np.array([0.45, 0.55])),
                *(high * np.array([0.6, 0.4])),
            )
            part[question] = pick(rng, range(1, 8), shares, len(number)).astype(int)
        parts.append(part.sort_values("answered_at", kind="stable"))
    return pd.concat(parts, ignore_index=True)


def homes(seed: int, people: int = 180) -> np.ndarray:
    """Team of every employee (object array); small teams have fewer than five people."""
    return _homes(stream(seed, "employees"), people)


def _homes(rng: np.random.Generator, people: int) -> np.ndarray:
    return pick(rng, tuple(truths.TEAM_SHARES), np.sqrt(list(truths.TEAM_SHARES.values())), people)


def ask_employees(seed: int, people: int = 180) -> pd.DataFrame:
    """Employee survey, one wave a quarter: answer_id, answered_on (datetime64[s]), team (text), score 0-10."""
    rng = stream(seed, "employees")
    home = _homes(rng, people)
    high, low = truths.TRUE_ENPS
    parts = []
    for quarter in truths.QUARTERS:
        who = np.flatnonzero(rng.random(people) < 0.72)
        kind = pick(rng, CLASSES, (high, 1 - high - low, low), len(who))
        score = np.empty(len(who))
        for name, within in truths.WITHIN.items():
            score[kind == name] = pick(rng, tuple(within), tuple(within.values()), int((kind == name).sum()))
        day = quarter_days(quarter)[0] + rng.integers(40, 54, len(who)) * DAY
        parts.append(pd.DataFrame({"answered_on": day.astype("datetime64[s]"), "team": home[who], "score": score}))
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "answer_id", np.arange(1, len(table) + 1))
    return table


def collect_reviews(seed: int, count: int = 1_100) -> pd.DataFrame:
    """Public reviews by location: review_id, location, posted_on (datetime64[s]), stars 1-5, text, site, served_by
    (code of a person, "" where nobody is mentioned)."""
    rng = stream(seed, "reviews")
    start, end = quarter_days(truths.QUARTERS[0])[0], quarter_days(truths.QUARTERS[-1])[1]
    day = np.sort(start + (rng.random(count) ** 0.8 * int((end - start) / DAY)).astype(int) * DAY)
    stars = pick(rng, (1, 2, 3, 4, 5), truths.TRUE_STARS, count).astype(int)
    location = pick(rng, names.LOCATIONS, (9, 4, 3, 8, 4, 6, 4, 7, 3), count)
    tongue = pd.Series(location).map({"Berlin": "de", "Zürich": "de", "Madrid": "es", "Ciudad de México": "es"})
    tongue = tongue.fillna("en").to_numpy(dtype=object)
    kind = np.select([stars >= 5, stars >= 3], [0, 1], 2)
    mention = stream(seed, "reviews", "served by")
    code = [
        f"{place[:3].upper()}-{person}" for place, person in zip(location, mention.integers(1, 5, count), strict=True)
    ]
    return pd.DataFrame(
        {
            "review_id": [f"RV{100_000 + 13 * row}" for row in range(count)],
            "location": location,
            "posted_on": day.astype("datetime64[s]"),
            "stars": stars,
            "text": write_comments(rng, np.zeros((count, 0), dtype=bool), kind, tongue),
            "site": pick(rng, ("Maps", "SoftReview", "AppList"), (5, 3, 2), count),
            "served_by": np.where(mention.random(count) < truths.REVIEWS_MENTION, code, ""),
        }
    )


def asked_people(accounts: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Contacts of the rows of a survey that has the columns number and contact."""
    return contacts(accounts, table["number"].to_numpy(), table["contact"].to_numpy())
