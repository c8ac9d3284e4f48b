"""Churn on the public sets: accuracy, drivers, pairs and alarms of IBM Telco, MLC churn and IBM attrition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.churn import Churn
from cxlab.models.churn.checks import ADDITIVE, BETTER, BOOSTING, LINEAR, WORSE
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
def mlc(shared_data: Path) -> Churn:
    return cx.explain_churn(*read(shared_data / "mlc-churn", "mlc_churn.csv", "churn"))


@pytest.fixture(scope="module")
def attrition(shared_data: Path) -> Churn:
    return cx.explain_churn(*read(shared_data / "ibm-hr-attrition", "attrition.csv", "Attrition"))


def test_telco_accuracy(telco: Churn) -> None:
    """Five shuffled stratified folds, seed 0; an explainable boosting machine reaches 0.8494 and 0.1333."""
    assert telco.score["auc"] >= 0.849 and telco.score["brier"] <= 0.134
    assert telco.score["n"] == 7043 and telco.score["left"] == 1869
    assert telco.plan.how == "5 parts drawn at random, each tested by the other four"
    assert telco.score["calibration_slope_low"] < 1 < telco.score["calibration_slope_high"]
    table = telco.calibration
    assert ((table["low"] <= table["predicted"]) & (table["predicted"] <= table["high"])).sum() >= 9


def test_telco_drivers(telco: Churn) -> None:
    drivers = telco.drivers
    real = drivers[~drivers["is_control"]].set_index("driver")
    assert set(real.index[:3]) == {"tenure", "Contract", "InternetService"}
    assert real["members"]["tenure"] == ("tenure", "TotalCharges")
    assert real["verdict"][["tenure", "Contract"]].tolist() == [LESS, LESS]
    assert real["step"]["Contract"] == "Month-to-month to Two year" and real["points"]["Contract"] < -10
    assert real["step"]["InternetService"] == "Fiber optic to No"
    assert real["verdict"]["PaperlessBilling"] == MORE and real["verdict"]["OnlineSecurity"] == LESS
    assert real["verdict"]["gender"] == CANNOT_TELL
    assert (drivers[drivers["is_control"]]["verdict"] == CANNOT_TELL).all() and drivers["is_control"].sum() == 5
    assert real["importance"].iloc[:3].min() > 50 * telco.noise_floor
    # Longer with us goes with less leaving, all along the curve.
    assert telco.curves["tenure"]["points"].iloc[[0, 8, 16, 24]].is_monotonic_decreasing


def test_telco_is_additive_and_clean(telco: Churn) -> None:
    assert telco.interactions.empty and telco.alarms.empty
    checks = telco.checks.set_index("model")
    assert checks["verdict"][BOOSTING] == WORSE and checks["verdict"][LINEAR] == WORSE
    assert checks["auc_high"][BOOSTING] < 0


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
    """Leavers written three times, as resampling before the split does: boosting would seem to have gained 5 points."""
    frame, left = telco_rows
    again = np.flatnonzero(left == "Yes")
    rows = np.concatenate([np.arange(len(frame)), again, again])
    model = cx.explain_churn(frame.iloc[rows], left.iloc[rows])
    (alarm,) = model.alarms.to_dict("records")
    assert alarm["kind"] == "copied rows" and "5,640 of 10,781 rows" in alarm["what"]
    assert model.score["auc"] == pytest.approx(0.849, abs=0.004)
    drawn, kept = (float(alarm["remedy"].split("boosting ")[1].split()[place].rstrip(".")) for place in (0, 3))
    assert drawn > kept + 0.04


def test_mlc_accuracy_comes_from_named_pairs(mlc: Churn) -> None:
    """Boosting reaches 0.926 where straight lines stop at 0.82: the difference is a few pairs, and they can be read."""
    assert mlc.score["auc"] >= 0.92
    checks = mlc.checks.set_index("model")
    assert checks["auc"][LINEAR] < 0.83 and checks["auc"][ADDITIVE] < 0.89 and checks["verdict"][ADDITIVE] == WORSE
    assert checks["verdict"][BOOSTING] != BETTER
    pairs = mlc.interactions
    named = {frozenset(pair) for pair in pairs[["first", "second"]].to_numpy()}
    assert frozenset({"total_day_minutes", "number_customer_service_calls"}) in named
    assert frozenset({"total_day_minutes", "voice_mail_plan"}) in named
    assert frozenset({"international_plan", "total_intl_minutes"}) in named
    # Each was found by most training parts on their own, and unseen customers are foretold worse without it.
    assert (pairs["found_in"] >= 4).all() and (pairs["folds"] == 5).all() and (pairs["low"] > 0).all()
    assert pairs["gain"].is_monotonic_decreasing and len(pairs) <= 10


def test_mlc_pairs_are_shown(mlc: Churn) -> None:
    """With a voice-mail plan many minutes go with little leaving, without one with much."""
    surface = mlc.surfaces[("voice_mail_plan", "total_day_minutes")]
    most = surface[surface["total_day_minutes"] == surface["total_day_minutes"].max()].set_index("voice_mail_plan")
    assert most["churn"][0.0] > 0.6 and most["churn"][1.0] < 0.3 and most["low"][0.0] > most["high"][1.0]
    assert surface["n"].sum() == 5000
    told = mlc.interactions.set_index(["first", "second"])["most"][("voice_mail_plan", "total_day_minutes")]
    assert told.startswith("voice_mail_plan no with total_day_minutes") and told.endswith("%")


def test_mlc_drivers_and_alarms(mlc: Churn) -> None:
    assert set(mlc.alarms["kind"]) == {"exact function"}
    assert mlc.alarms["column"].tolist() == [f"total_{part}_charge" for part in ("day", "eve", "night", "intl")]
    real = mlc.drivers[~mlc.drivers["is_control"]].set_index("driver")
    assert real["members"]["total_day_minutes"] == ("total_day_minutes", "total_day_charge")
    assert real["verdict"]["total_day_minutes"] == BOTH and real["verdict"]["number_customer_service_calls"] == MORE
    assert real["step"]["number_customer_service_calls"] == "one more"
    assert (real["verdict"][["state", "area_code", "total_eve_calls", "total_day_calls"]] == CANNOT_TELL).all()
    assert any("resampling" in text for text in mlc.remarks)


def test_attrition(attrition: Churn) -> None:
    assert attrition.score["auc"] >= 0.83
    assert attrition.alarms.empty and attrition.interactions.empty
    real = attrition.drivers[~attrition.drivers["is_control"]].set_index("driver")
    assert real["verdict"]["OverTime"] == MORE and real["points"]["OverTime"] > 10
    assert "MonthlyIncome" in real["members"]["JobLevel"] and real["verdict"]["JobLevel"] == LESS
    assert (real["verdict"][["HourlyRate", "MonthlyRate"]] == CANNOT_TELL).all()
    assert attrition.score["calibration_slope_low"] < 1 < attrition.score["calibration_slope_high"]
