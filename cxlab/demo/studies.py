"""Two studies of the sample company beside its running surveys: guided set-up before and after, the yearly review."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import truths
from cxlab.demo.draws import DAY, at, later, pick, quarter_days, stream
from cxlab.demo.history import History
from cxlab.demo.moments import asked_people
from cxlab.demo.shapes import iso, whole, write_delimited
from cxlab.demo.stains import repeat_rows, strew

_NEVER = np.datetime64("NaT", "s")


def ask_guided_set_up(seed: int, accounts: pd.DataFrame, history: History) -> pd.DataFrame:
    """Ease (1-7) before and after guided set-up: pair, number, contact, phase (before, after), answered_at, ease.

    Up to two people of an account; who does not answer again has no row "after". In order of time.
    """
    rng = stream(seed, "set-up pairs")
    signed = accounts["signed_on"].to_numpy().astype("datetime64[D]")
    new = np.flatnonzero(signed >= quarter_days(truths.QUARTERS[0])[0])
    new = new[rng.random(len(new)) < truths.GUIDED]
    people = np.minimum(accounts["contacts"].to_numpy()[new], 2)
    number = np.repeat(new, people)
    total = len(number)
    contact = np.arange(total) - np.repeat(np.cumsum(people) - people, people)
    before = pick(rng, tuple(truths.EASE_BEFORE), tuple(truths.EASE_BEFORE.values()), total).astype(int)
    change = pick(rng, tuple(truths.EASE_CHANGE), tuple(truths.EASE_CHANGE.values()), total).astype(int)
    answers = rng.random(total) < pd.Series(before).map(truths.ANSWERS_AFTER).to_numpy()
    begun = at(signed[number] + rng.integers(4, 12, total) * DAY, rng)
    ended = later(begun, rng.uniform(14 * 24, 28 * 24, total))
    horizon = np.datetime64(truths.AS_OF, "s")
    left = history.closed_on[number].astype("datetime64[s]")
    horizon = np.where(np.isnat(left), horizon, np.minimum(left, horizon))
    shared = {"pair": np.arange(1, total + 1), "number": number, "contact": contact}
    table = pd.concat(
        [
            pd.DataFrame({**shared, "phase": "before", "answered_at": begun, "ease": before})[begun < horizon],
            pd.DataFrame({**shared, "phase": "after", "answered_at": ended, "ease": before + change})[
                answers & (ended < horizon)
            ],
        ]
    )
    return table.sort_values("answered_at", kind="stable", ignore_index=True)


def write_guided_set_up(seed: int, path: Path, accounts: pd.DataFrame, answers: pd.DataFrame) -> Path:
    """Write guided set-up as a CSV, one line an answer."""
    place = answers["number"].to_numpy()
    frame = pd.DataFrame(
        {
            "pair": [f"GS{pair:05d}" for pair in answers["pair"]],
            "phase": answers["phase"],
            "answered": iso(answers["answered_at"]),
            "ease": answers["ease"].astype(str),
            "account": accounts["customer_id"].to_numpy(dtype=object)[place],
            "contact": asked_people(accounts, answers)["contact_id"],
            "region": accounts["region"].to_numpy(dtype=object)[place],
            "team": accounts["team"].to_numpy(dtype=object)[place],
        }
    ).astype(object)
    rng = stream(seed, "guided set-up file")
    return write_delimited(path, repeat_rows(rng, frame, truths.DIRT["guided_set_up"]["duplicate"]))


def asked_in_review(accounts: pd.DataFrame, history: History) -> pd.DataFrame:
    """Accounts asked in the yearly review and what their answers depend on: number, use (as REVIEW_USE says),
    first_year, starter (booleans)."""
    quarter = truths.QUARTERS[-1]
    start = quarter_days(quarter)[0]
    number = np.flatnonzero(history.states[quarter]["asked"])
    signed = accounts["signed_on"].to_numpy().astype("datetime64[D]")[number]
    months = history.months
    before = (months >= start.astype("datetime64[M]") - 3) & (months < start.astype("datetime64[M]"))
    seen = months[None, :] > signed.astype("datetime64[M]")[:, None]  # the product counts from the month after signing
    sign_ins = (history.intensity[number] * (before[None, :] & seen)).sum(axis=1)
    middle, scale, most = truths.REVIEW_USE
    return pd.DataFrame(
        {
            "number": number,
            "use": np.clip((np.log1p(sign_ins) - middle) / scale, -most, most),
            "first_year": signed > start - 365 * DAY,
            "starter": (accounts["plan"] == "Starter").to_numpy()[number],
        }
    )


def review_chances(asked: pd.DataFrame) -> pd.DataFrame:
    """Per account asked the chances of a 6-7 (`high`), of a 1-3 (`low`), and of answering (`answers`)."""
    use, first_year = asked["use"].to_numpy(), asked["first_year"].to_numpy(dtype=float)
    effect = np.outer(use, truths.REVIEW_EFFECT["use"]) + np.outer(first_year, truths.REVIEW_EFFECT["first year"])
    shares = np.array(truths.TRUE_YEARLY_REVIEW) + effect - effect.mean(axis=0)
    odds = truths.REVIEW_ANSWERS
    log_odds = odds["intercept"] + odds["use"] * use + odds["first year"] * first_year
    log_odds = log_odds + odds["Starter"] * asked["starter"].to_numpy(dtype=float)
    return pd.DataFrame({"high": shares[:, 0], "low": shares[:, 1], "answers": 1 / (1 + np.exp(-log_odds))})


def ask_yearly_review(seed: int, accounts: pd.DataFrame, history: History) -> pd.DataFrame:
    """One invitation an account: number, contact, sent_at, answered_at and success (1-7, NaN) where answered."""
    rng, groups = stream(seed, "yearly review"), asked_in_review(accounts, history)
    chances, total = review_chances(groups), len(groups)
    draw = rng.random(total)
    kind = np.select([draw < chances["high"], draw < chances["high"] + chances["low"]], [0, 1], 2)
    success = np.empty(total)
    for code, (points, shares) in enumerate(
        (((6, 7), (0.6, 0.4)), ((1, 2, 3), (0.2, 0.3, 0.5)), ((4, 5), (0.45, 0.55)))
    ):
        success[kind == code] = pick(rng, points, shares, int((kind == code).sum()))
    answers = rng.random(total) < chances["answers"].to_numpy()
    sent = at(quarter_days(truths.QUARTERS[-1])[0] + rng.integers(8, 28, total) * DAY, rng, 8.0, 11.0)
    answered = later(sent, np.minimum(rng.exponential(60.0, total), 14 * 24) + 0.1)
    table = pd.DataFrame({"number": groups["number"], "contact": 0, "sent_at": sent})
    table["answered_at"] = np.where(answers, answered, _NEVER)
    table["success"] = np.where(answers, success, np.nan)
    return table.sort_values("sent_at", kind="stable", ignore_index=True)


def write_yearly_review(seed: int, path: Path, accounts: pd.DataFrame, asked: pd.DataFrame) -> Path:
    """Write the yearly review as a CSV, one line an invitation, answered or not."""
    rng, dirt = stream(seed, "yearly review file"), truths.DIRT["yearly_review"]
    place = asked["number"].to_numpy()
    frame = pd.DataFrame(
        {
            "id": [f"YR{row:05d}" for row in range(1, len(asked) + 1)],
            "sent": iso(asked["sent_at"]),
            "answered": iso(asked["answered_at"]),
            "success": whole(asked["success"]),
            "account": accounts["customer_id"].to_numpy(dtype=object)[place],
            "contact": asked_people(accounts, asked)["contact_id"],
            "region": accounts["region"].to_numpy(dtype=object)[place],
            "team": accounts["team"].to_numpy(dtype=object)[place],
        }
    ).astype(object)
    answers = frame[frame["success"] != ""]
    parts = []
    for kind in ("unparseable_date", "unknown_customer"):
        copy = answers.iloc[rng.choice(len(answers), dirt[kind], replace=False)].copy()
        copy["id"] = [f"YR9{kind[2]}{row:03d}" for row in range(len(copy))]
        copy["account"] = copy["contact"] = [f"NG-9{kind[2]}{row:03d}" for row in range(len(copy))]
        if kind == "unparseable_date":
            copy["answered"] = "2026-09-31 12:00:00"
        parts.append(copy)
    return write_delimited(path, strew(rng, repeat_rows(rng, frame, dirt["duplicate"]), pd.concat(parts)))
