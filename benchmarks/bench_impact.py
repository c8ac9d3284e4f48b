"""Points of the score that go with topics: ours beside leaving mentioners out and beside regressions topic by topic.

Worlds in which it is known what goes with the score: a bad topic, an innocent one that travels with it, one that is
said in a region that scores low anyway, and a null one. Contenders: cxlab (all topics and controls jointly, intervals
by influence), the vendors' "score without them" (an interval is not usual; a bootstrap of accounts gives it one),
statsmodels' OLS one topic at a time with the controls, and jointly, both with the bootstrap of accounts that an analyst
would write; and a Bayesian bootstrap of our own joint model, all draws at once.
Prints bias, error, coverage of the 95 % interval and process CPU time. Run: python benchmarks/bench_impact.py [ROUNDS]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import statsmodels.api as sm

from cxlab.models.impact import contributions

COMMENTS, DRAWS = 2000, 200
TOPICS = ("slow", "innocent", "price", "regional", "ease", "null")
EFFECT = np.array([-40.0, 0.0, -18.0, -5.0, 18.0, 0.0])
SHARE = np.array([0.12, 0.12 * 0.80 + 0.88 * 0.01, 0.09, 0.27 * 0.16 + 0.73 * 0.02, 0.12, 0.04])
REGION_SHARE, REGION_POINTS = (0.34, 0.27, 0.19, 0.20), np.array([3.0, -20.0, 5.0, -2.0])
World = tuple[pd.DataFrame, np.ndarray, pd.DataFrame, np.ndarray]
Found = tuple[np.ndarray, np.ndarray, np.ndarray]


def world(seed: int, n: int = COMMENTS) -> World:
    """members, score (0-10), controls, account; three comments an account, which has a mood."""
    rng = np.random.default_rng([seed, 5])
    account = rng.integers(0, n // 3, n)
    region = rng.choice(4, n // 3, p=REGION_SHARE)[account]
    draw = rng.random((n, len(TOPICS)))
    said = draw < SHARE
    said[:, 1] = draw[:, 1] < np.where(said[:, 0], 0.80, 0.01)
    said[:, 3] = draw[:, 3] < np.where(region == 1, 0.16, 0.02)
    mood = np.clip(rng.normal(size=n // 3), -2, 2)[account]
    mean = np.clip((15 + said @ EFFECT + REGION_POINTS[region] + 12 * mood) / 100, -0.69, 0.69)
    chance = rng.random(n)
    score = np.where(chance < (0.7 - mean) / 2, 3, np.where(chance < (0.7 - mean) / 2 + 0.3, 8, 10))
    return pd.DataFrame(said, columns=list(TOPICS)), score, pd.DataFrame({"region": region.astype(str)}), account


def ours(members: pd.DataFrame, score: np.ndarray, controls: pd.DataFrame, account: np.ndarray) -> Found:
    """cxlab."""
    table = contributions(members, score, controls=controls, cluster=account).table[:-1]
    return tuple(table[name].to_numpy() for name in ("value", "low", "high"))


def bootstrapped(estimate: Callable[[np.ndarray], np.ndarray], account: np.ndarray, seed: int = 0) -> Found:
    """An estimate made of rows, and its percentile interval over drawn accounts."""
    rng = np.random.default_rng(seed)
    order = np.argsort(account, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(account))[:-1])
    draws = [estimate(np.concatenate([rows[at] for at in rng.integers(0, len(rows), len(rows))])) for _ in range(DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return estimate(np.arange(len(account))), low, high


def points_of(score: np.ndarray) -> np.ndarray:
    """NPS points of each score."""
    return 100.0 * (score >= 9) - 100.0 * (score <= 6)


def leave_one_out(members: pd.DataFrame, score: np.ndarray, controls: pd.DataFrame, account: np.ndarray) -> Found:
    """Score of all less the score without the mentioners."""
    said, points = members.to_numpy(bool), points_of(score)

    def estimate(rows: np.ndarray) -> np.ndarray:
        y, others = points[rows], ~said[rows]
        return y.mean() - y @ others / others.sum(axis=0)

    return bootstrapped(estimate, account)


def one_by_one(members: pd.DataFrame, score: np.ndarray, controls: pd.DataFrame, account: np.ndarray) -> Found:
    """statsmodels, a regression a topic, with the controls."""
    return _with_statsmodels(members, score, controls, account, is_joint=False)


def jointly(members: pd.DataFrame, score: np.ndarray, controls: pd.DataFrame, account: np.ndarray) -> Found:
    """statsmodels, one regression on all topics and controls."""
    return _with_statsmodels(members, score, controls, account, is_joint=True)


def _with_statsmodels(
    members: pd.DataFrame, score: np.ndarray, controls: pd.DataFrame, account: np.ndarray, is_joint: bool
) -> Found:
    said, points = members.to_numpy(float), points_of(score)
    beside = pd.get_dummies(controls["region"], drop_first=True).to_numpy(float)

    def estimate(rows: np.ndarray) -> np.ndarray:
        y, x, c = points[rows], said[rows], beside[rows]
        if is_joint:
            effect = sm.OLS(y, sm.add_constant(np.column_stack([x, c]), has_constant="add")).fit().params[1:7]
        else:
            designs = [sm.add_constant(np.column_stack([x[:, [at]], c]), has_constant="add") for at in range(6)]
            effect = np.array([sm.OLS(y, design).fit().params[1] for design in designs])
        return x.mean(axis=0) * effect

    return bootstrapped(estimate, account)


def bayesian(members: pd.DataFrame, score: np.ndarray, controls: pd.DataFrame, account: np.ndarray) -> Found:
    """Our model, intervals by weights of accounts drawn from Dirichlet's distribution (Rubin 1981)."""
    points = points_of(score)
    beside = pd.get_dummies(controls["region"], drop_first=True).to_numpy(float)
    rows = np.column_stack([members.to_numpy(float), np.ones(len(points)), beside])
    drawn = np.random.default_rng(0).exponential(size=(DRAWS, account.max() + 1))[:, account]
    cross = np.einsum("dn,ni,nj->dij", drawn, rows, rows, optimize=True)
    right = (drawn * points) @ rows
    effect = np.linalg.solve(cross, right[:, :, None])[:, : len(TOPICS), 0]
    draws = effect * (drawn @ rows[:, : len(TOPICS)]) / drawn.sum(axis=1, keepdims=True)
    value = np.linalg.lstsq(rows, points, rcond=None)[0][: len(TOPICS)] * rows[:, : len(TOPICS)].mean(axis=0)
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return value, low, high


CONTENDERS = {
    "cxlab": ours,
    "leave one out": leave_one_out,
    "OLS one by one": one_by_one,
    "OLS jointly": jointly,
    "Bayesian bootstrap": bayesian,
}


def main() -> None:
    """Print a table of the contenders and the ratios of CPU time."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    truth, rows, seconds = SHARE * EFFECT, [], dict.fromkeys(CONTENDERS, 0.0)
    ours(*world(0))  # imports are not compared
    for seed in range(rounds):
        made = world(seed)
        for name, contender in CONTENDERS.items():
            began = time.process_time()
            value, low, high = contender(*made)
            seconds[name] += time.process_time() - began
            rows += [(name, topic, *each) for topic, *each in zip(TOPICS, value, low, high, truth, strict=True)]
    found = pd.DataFrame(rows, columns=["who", "topic", "value", "low", "high", "truth"])
    found["error"] = found["value"] - found["truth"]
    found["covered"] = (found["low"] <= found["truth"]) & (found["truth"] <= found["high"])
    print(
        f"{rounds} rounds of {COMMENTS:,} comments, {DRAWS} draws where a bootstrap is needed. Bias in points of NPS:"
    )
    bias = found.pivot_table("error", "who", "topic", "mean", sort=False)
    print(
        f"  {'truth':20}"
        + "".join(f"{topic} {value:+.1f}".rjust(16) for topic, value in zip(TOPICS, truth, strict=True))
    )
    for name in CONTENDERS:
        mine = found[found["who"] == name]
        print(
            f"  {name:20}"
            + "".join(f"{bias.loc[name, topic]:+.2f}".rjust(16) for topic in TOPICS)
            + f"   RMSE {np.sqrt((mine['error'] ** 2).mean()):.2f}  covered {mine['covered'].mean():.1%}"
            + f"  {seconds[name] / rounds:7.3f} s CPU"
        )
    for name in list(CONTENDERS)[1:]:
        print(f"  {name}: {seconds[name] / seconds['cxlab']:.0f} times the CPU time of cxlab")


if __name__ == "__main__":
    main()
