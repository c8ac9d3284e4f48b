"""The sample company's silence depends on the answer itself: bounds hold the truth, true answer rates give it back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.demo import truths
from cxlab.kpis.answering import WhoAnswers
from cxlab.kpis.silence import who_answers
from cxlab.periods import Period

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tables(company: object, nps: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Canonical tables made from the raw exports by hand: no loader stands between."""
    tickets, accounts = company.tickets(), company.accounts()
    return {
        "responses": pd.DataFrame(
            {
                "response_id": nps["ResponseId"],
                "survey": "nps",
                "customer_id": nps["AccountId"],
                "sent_at": pd.to_datetime(nps["InviteSent"]),
                "answered_at": nps["answered_at"],
                "score": nps["score"],
                "region": nps["Region"],
                "segment": nps["Segment"],
                "role": nps["Role"].replace("", None),
            }
        ),
        "customers": pd.DataFrame({"customer_id": accounts.index, "signed_on": accounts["Signed"].to_numpy()}),
        "tickets": pd.DataFrame(
            {
                "customer_id": tickets["Account"],
                "opened_at": tickets["Opened"],
                "resolved_at": tickets["Resolved"],
            }
        ),
    }


@pytest.fixture(scope="module")
def found(tables: dict[str, pd.DataFrame]) -> dict[str, WhoAnswers]:
    return {
        quarter: who_answers(tables, Period.of(quarter), compared=quarter == "2026-Q3", as_of=truths.AS_OF)
        for quarter in truths.QUARTERS
    }


@pytest.fixture(scope="module")
def right(nps: pd.DataFrame) -> pd.Series:
    """True NPS of everybody who was asked, by quarter."""
    truth = [truths.TRUE_NPS[segment][quarter] for segment, quarter in zip(nps["Segment"], nps["quarter"], strict=True)]
    return pd.Series(truth, index=nps.index, dtype=float).groupby(nps["quarter"]).mean()


def test_bounds_hold_the_truth_in_every_quarter_though_the_interval_never_does(
    found: dict[str, WhoAnswers], right: pd.Series
) -> None:
    for quarter, who in found.items():
        low, high = who.bounds.iloc[-1][["low", "high"]]
        assert low <= right[quarter] <= high
        # Nothing that is known goes with this silence: weighting cannot see it.
        assert (who.kpi["low"] > right[quarter]).all()
        assert abs(who.shift[0]) < 2


def test_true_answer_rates_give_the_true_nps_back(found: dict[str, WhoAnswers], right: pd.Series) -> None:
    rows = pd.concat([who.if_answer_rates(**truths.ANSWERS) for who in found.values()], ignore_index=True)
    truth = rows["period"].map(right)
    z = 2 * 1.96 * (rows["value"] - truth) / (rows["high"] - rows["low"])
    assert z.abs().max() < 3.2
    assert abs(z.mean()) < 0.7
    assert np.mean((rows["low"] <= truth) & (truth <= rows["high"])) >= 10 / 12


def test_the_rise_of_the_last_quarter_survives_its_silence(found: dict[str, WhoAnswers]) -> None:
    who = found["2026-Q3"]
    assert who.change["verdict"].iloc[0] == "moved up" and who.grade == "as answered holds"
    assert who.tipping.possible and who.tipping.points > 10
    assert who.tipping.points_sure > who.plausible / (1 - who.rate)
