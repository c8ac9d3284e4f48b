"""Churn on public sets: steps, remarks and lists of IBM Telco, pairs of MLC churn, leaks and copies made in Telco.

What is reached and which drivers lead is in test_leaving_real_data.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.churn import Churn
from cxlab.models.churn.checks import ADDITIVE, WORSE
from cxlab.models.churn.drivers import BOTH, LESS, MORE
from cxlab.stats.comparisons import CANNOT_TELL

pytestmark = pytest.mark.slow


def read(folder: Path, name: str, label: str) -> tuple[pd.DataFrame, pd.Series]:
    frame = pd.read_csv(folder / name)
    return frame.drop(columns=label), frame[label]


@pytest.fixture(scope="module")
def telco_rows(shared_data: Path) -> tuple[pd.DataFrame, pd.Series]:
    return read(shared_data / "telco-churn", "Telco-Customer-Churn.csv", "Churn")


@pytest.fixture(scope="module")
def telco(telco_rows: tuple[pd.DataFrame, pd.Series]) -> Churn:
    return cx.explain_churn(*telco_rows)


@pytest.fixture(scope="module")
def minutes(shared_data: Path) -> Churn:
    """MLC churn, the columns that matter and two that do not."""
    frame, left = read(shared_data / "mlc-churn", "mlc_churn.csv", "churn")
    names = ["international_plan", "voice_mail_plan", "total_day_minutes", "total_day_calls", "total_intl_minutes"]
    return cx.explain_churn(frame[[*names, "total_intl_calls", "number_customer_service_calls", "area_code"]], left)


def test_telco_steps(telco: Churn) -> None:
    drivers = telco.drivers
    real = drivers[~drivers["is_control"]].set_index("driver")
    assert real["verdict"][["tenure", "Contract"]].tolist() == [LESS, LESS]
    assert real["step"]["Contract"] == "Month-to-month to Two year" and real["points"]["Contract"] < -10
    assert real["step"]["InternetService"] == "Fiber optic to No"
    assert real["verdict"]["PaperlessBilling"] == MORE and real["verdict"]["OnlineSecurity"] == LESS
    assert real["verdict"]["gender"] == CANNOT_TELL
    assert real["importance"].iloc[:3].min() > 50 * telco.noise_floor
    # Longer with us goes with less leaving, all along the curve.
    assert telco.curves["tenure"]["points"].iloc[::6].is_monotonic_decreasing


def test_telco_remarks(telco: Churn) -> None:
    told = " ".join(telco.remarks)
    assert "TotalCharges: 11 of 7,043 cells are blank" in told and "customerID is set aside" in told
    assert "StreamingMovies: \u201cNo internet service\u201d is held by exactly the rows with InternetService" in told
    assert "MonthlyCharges is to 99.9 % what the other columns add up to" in told
    assert "73 of 7,043 rows equal another in every column" in told


def test_telco_lists(telco: Churn) -> None:
    top = telco.lift([704], success=0.1).iloc[0]
    assert 2.7 < top["low"] < top["lift"] < top["high"] < 3.1 and top["saves"] == pytest.approx(top["found"] / 10)


def test_a_made_leak_in_telco(telco: Churn, telco_rows: tuple[pd.DataFrame, pd.Series]) -> None:
    frame, left = telco_rows
    rng = np.random.default_rng(0)
    yes = (left == "Yes").to_numpy()
    days = np.where(yes, rng.normal(60, 10, len(frame)), rng.normal(20, 10, len(frame)))
    model = cx.explain_churn(frame.assign(days_since_login=days, exit_call=yes & (rng.random(len(frame)) < 0.2)), left)
    assert model.score["auc"] > 0.99
    alarms = model.alarms.set_index("column")
    assert list(alarms.index) == ["days_since_login", "exit_call"] and (alarms["kind"] == "leak").all()
    assert "alone it tells who left" in alarms["what"]["days_since_login"]
    assert "Without these columns the AUC is 0.850" in alarms["remedy"]["exit_call"]


def test_copied_rows_in_telco(telco_rows: tuple[pd.DataFrame, pd.Series]) -> None:
    """Leavers written three times, as resampling before the split does: boosting would seem to have gained 5 points.

    Nine stayers among these 3,000 have a twin too, one of them a leaver: the outcome is not compared.
    """
    frame, left = (each.iloc[:3000] for each in telco_rows)
    again = np.flatnonzero(left == "Yes")
    rows = np.concatenate([np.arange(len(frame)), again, again])
    model = cx.explain_churn(frame.iloc[rows], left.iloc[rows])
    (alarm,) = model.alarms.to_dict("records")
    assert alarm["kind"] == "copied rows" and f"{3 * len(again) + 9:,} of {len(rows):,} rows" in alarm["what"]
    assert model.score["auc"] == pytest.approx(cx.explain_churn(frame, left).score["auc"], abs=0.01)
    drawn, kept = (float(alarm["remedy"].split("boosting ")[1].split()[place].rstrip(".")) for place in (0, 3))
    assert drawn > kept + 0.04


def test_pairs_hold_on_unseen_customers(minutes: Churn) -> None:
    """Each was found by most training parts on their own, and unseen customers are foretold worse without it."""
    pairs = minutes.interactions
    named = {frozenset(pair) for pair in pairs[["first", "second"]].to_numpy()}
    assert frozenset({"total_day_minutes", "number_customer_service_calls"}) in named
    assert (pairs["found_in"] >= 4).all() and (pairs["folds"] == 5).all() and (pairs["low"] > 0).all()
    assert pairs["gain"].is_monotonic_decreasing and len(pairs) <= 10
    assert minutes.checks.set_index("model")["verdict"][ADDITIVE] == WORSE


def test_pairs_are_shown(minutes: Churn) -> None:
    """With a voice-mail plan many minutes go with little leaving, without one with much."""
    surface = minutes.surfaces[("voice_mail_plan", "total_day_minutes")]
    most = surface[surface["total_day_minutes"] == surface["total_day_minutes"].max()].set_index("voice_mail_plan")
    assert most["churn"][0.0] > 0.6 and most["churn"][1.0] < 0.3 and most["low"][0.0] > most["high"][1.0]
    assert surface["n"].sum() == 5000
    told = minutes.interactions.set_index(["first", "second"])["most"][("voice_mail_plan", "total_day_minutes")]
    assert told.startswith("voice_mail_plan no with total_day_minutes") and told.endswith("%")


def test_what_rises_and_falls(minutes: Churn) -> None:
    """Few and many minutes both go with leaving, for different customers."""
    real = minutes.drivers[~minutes.drivers["is_control"]].set_index("driver")
    assert real["verdict"]["total_day_minutes"] == BOTH and real["verdict"]["number_customer_service_calls"] == MORE
    assert real["step"]["number_customer_service_calls"] == "one more"
    assert (real["verdict"][["area_code", "total_day_calls"]] == CANNOT_TELL).all()
    assert minutes.alarms.empty and any("resampling" in text for text in minutes.remarks)
