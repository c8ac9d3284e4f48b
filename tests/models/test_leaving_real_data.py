"""explain_churn on public data with known answers: what is reached, what is named, and what raises an alarm."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

import cxlab as cx
from cxlab.models.churn import Churn

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def telco_file(shared_data: Path) -> pd.DataFrame:
    return pd.read_csv(shared_data / "telco-churn/Telco-Customer-Churn.csv")


@pytest.fixture(scope="module")
def telco(telco_file: pd.DataFrame) -> Churn:
    return cx.explain_churn(telco_file.drop(columns="Churn"), telco_file["Churn"], seed=0)


@pytest.fixture(scope="module")
def minutes(shared_data: Path) -> Churn:
    rows = pd.read_csv(shared_data / "mlc-churn/mlc_churn.csv")
    return cx.explain_churn(rows.drop(columns="churn"), rows["churn"], seed=0)


@pytest.fixture(scope="module")
def employees(shared_data: Path) -> Churn:
    rows = pd.read_csv(shared_data / "ibm-hr-attrition/attrition.csv")
    return cx.explain_churn(rows.drop(columns="Attrition"), rows["Attrition"], seed=0)


def test_telco_is_foretold_as_well_as_by_the_best_additive_models(telco: Churn, telco_file: pd.DataFrame) -> None:
    assert telco.score["auc"] >= 0.849 and telco.score["brier"] <= 0.134
    told, left = telco.predictions, telco_file["Churn"].eq("Yes")
    assert telco.score["auc"] == pytest.approx(roc_auc_score(left, told["chance"]), abs=1e-9)
    assert telco.score["brier"] == pytest.approx(brier_score_loss(left, told["chance"]), abs=1e-9)
    assert len(telco.plan.folds) == 5 and (telco.score["n"], telco.score["left"]) == (7043, 1869)


def test_telcos_drivers_are_contract_tenure_and_internet(telco: Churn) -> None:
    real = telco.drivers[~telco.drivers["is_control"]].reset_index(drop=True)
    assert set(real["driver"].head(3)) == {"tenure", "Contract", "InternetService"}
    assert "TotalCharges" in real.set_index("driver").loc["tenure", "members"]
    control = telco.drivers[telco.drivers["is_control"]]
    assert len(control) == 5 and control["verdict"].eq("cannot tell").all()
    assert control["importance"].max() < real["importance"].head(3).min() / 10


def test_telcos_eleven_blank_charges_are_told(telco: Churn) -> None:
    assert "TotalCharges: 11 of 7,043 cells are blank or no number; they count as not known." in telco.remarks


def test_boosting_misses_nothing_that_telcos_additive_model_has(telco: Churn) -> None:
    beside = telco.checks.set_index("model").loc["gradient boosting"]
    assert beside["verdict"] == "worse than the readable model" and telco.interactions.empty


def test_minutes_need_interactions_which_are_found_and_named(minutes: Churn) -> None:
    assert minutes.score["auc"] >= 0.92
    pairs = {frozenset(pair) for pair in minutes.interactions[["first", "second"]].itertuples(index=False)}
    assert {
        frozenset({"number_customer_service_calls", "total_day_minutes"}),
        frozenset({"total_day_minutes", "voice_mail_plan"}),
        frozenset({"international_plan", "total_intl_minutes"}),
    } <= pairs
    assert (minutes.interactions["low"] > 0).all()
    without = minutes.checks.set_index("model").loc["without pairs"]
    assert without["verdict"] == "worse than the readable model"
    assert "auc" in minutes.score and minutes.checks.set_index("model").loc["straight lines", "auc"] < 0.83


def test_charges_that_are_minutes_times_a_price_are_one_driver_with_them(minutes: Churn) -> None:
    doubles = minutes.alarms[minutes.alarms["kind"] == "exact function"]
    assert doubles["column"].tolist() == [f"total_{part}_charge" for part in ("day", "eve", "night", "intl")]
    members = minutes.drivers.set_index("driver")["members"]
    assert members["total_day_minutes"] == ("total_day_minutes", "total_day_charge")


def test_employees(employees: Churn) -> None:
    assert employees.score["auc"] >= 0.83
    real = employees.drivers[~employees.drivers["is_control"]].set_index("driver")
    assert real.loc["OverTime", "verdict"] == "goes with more leaving" and "OverTime" in real.index[:3]


def test_chances_are_calibrated(telco: Churn, minutes: Churn, employees: Churn) -> None:
    for model in (telco, minutes, employees):
        score = model.score
        assert score["calibration_slope_low"] <= 1.03 and score["calibration_slope_high"] >= 0.97
        assert score["reliability"] < 0.02 * score["uncertainty"]
    bins = telco.calibration
    assert ((bins["low"] <= bins["predicted"]) & (bins["predicted"] <= bins["high"])).mean() >= 0.8


def test_no_alarm_where_nothing_is_wrong(telco: Churn, employees: Churn) -> None:
    assert telco.alarms.empty and employees.alarms.empty


def test_a_column_that_knows_the_outcome_raises_the_alarm(telco_file: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    left = telco_file["Churn"].eq("Yes")
    final = np.where(left, rng.integers(1, 400, len(left)), 0)  # a final invoice, noted once somebody has left
    made = cx.explain_churn(telco_file.drop(columns="Churn").assign(final_invoice=final), left, seed=0)
    leaks = made.alarms[made.alarms["kind"].str.contains("leak")]
    assert leaks["column"].tolist() == ["final_invoice"]
    assert made.score["auc"] > 0.99 and "0.85" in leaks["sentence"].iloc[0]


def test_copied_rows_raise_the_alarm_and_do_not_flatter(telco_file: pd.DataFrame, telco: Churn) -> None:
    rows = telco_file.sample(2000, random_state=2)
    copied = pd.concat([rows, rows, rows.sample(500, random_state=3)], ignore_index=True)
    made = cx.explain_churn(copied.drop(columns="Churn"), copied["Churn"], seed=0)
    told = made.alarms[made.alarms["kind"].str.contains("cop")]
    assert len(told) == 1 and told["sentence"].iloc[0].startswith("4,500 of 4,500 rows are exact copies")
    assert re.search(r"gradient boosting 0\.9\d+ instead of 0\.8", told["sentence"].iloc[0])
    assert made.score["auc"] < telco.score["auc_high"]


def test_the_same_call_gives_the_same_bits(telco_file: pd.DataFrame) -> None:
    part = telco_file.sample(1500, random_state=5)
    first, second = (cx.explain_churn(part.drop(columns="Churn"), part["Churn"], seed=4) for _ in range(2))
    pd.testing.assert_frame_equal(first.predictions, second.predictions, check_exact=True)
    pd.testing.assert_frame_equal(first.drivers, second.drivers, check_exact=True)
