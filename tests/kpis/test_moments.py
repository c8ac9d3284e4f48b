"""Moments and roles: orders, goals, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.gaps import gaps
from cxlab.kpis.moments import moments_table, role_gap
from cxlab.periods import Period

Q3 = Period.of("2026-Q3")


def heard(**moments: tuple[int, int]) -> pd.DataFrame:
    """Satisfied and unsatisfied answers of a moment, this quarter; half as many satisfied the quarter before."""
    rows = []
    for moment, (good, bad) in moments.items():
        rows += [(moment, "2026-08-10", 5.0)] * good + [(moment, "2026-08-10", 1.0)] * bad
        rows += [(moment, "2026-05-10", 5.0)] * (good // 2) + [(moment, "2026-05-10", 1.0)] * (bad + good - good // 2)
    frame = pd.DataFrame(rows, columns=["moment", "answered_at", "score"])
    frame["answered_at"] = pd.to_datetime(frame["answered_at"]).astype("datetime64[us]")
    return frame.assign(survey="csat", stage=frame["moment"].str[:1], customer_id="c", role=None)


def test_a_moment_goes_with_its_change_and_its_verdict() -> None:
    table = moments_table(heard(a=(80, 20), b=(2, 2)), Q3).set_index("moment")
    assert table.loc["a", ["value", "value_before"]].tolist() == [0.8, 0.4]
    assert table.loc["a", "change"] == pytest.approx(0.4) and table.loc["a", "verdict"] == "moved up"
    assert table.loc["a", "change_low"] < 0.4 < table.loc["a", "change_high"]
    # Four answers give no value (min_n), so neither goal nor gap; without sent_at nobody knows how many were asked.
    assert table.loc["b", ["value", "gap", "verdict"]].isna().tolist()[:2] == [True, True]
    assert table["invited"].isna().all() and table.loc["a", "priority"] == 0


def test_a_target_takes_the_place_of_the_best_moment() -> None:
    table = moments_table(heard(a=(80, 20), b=(40, 60)), Q3, target=0.9).set_index("moment")
    assert table["goal"].tolist() == [0.9, 0.9] and table["gap"].to_dict() == pytest.approx({"a": 0.1, "b": 0.5})
    assert table["priority"].to_dict() == pytest.approx({"a": 10, "b": 50})
    above = moments_table(heard(a=(80, 20)), Q3, target=0.5)
    assert above["gap"][0] == 0


def test_by_stage_and_attributes_of_the_account() -> None:
    rows, customers = heard(a=(8, 2), ab=(4, 6)), pd.DataFrame({"customer_id": ["c"], "region": ["North"]})
    assert moments_table(rows, Q3, by="stage")["n"].tolist() == [20]
    table = moments_table(rows, Q3, by=("moment", "region"), customers=customers, order=["ab"])
    assert table[["moment", "region"]].values.tolist() == [["ab", "North"], ["a", "North"]]
    with pytest.raises(TableError, match="neither its table nor the customers table says region"):
        moments_table(rows, Q3, by=("moment", "region"))
    with pytest.raises(ParameterError, match="resolution_time is not asked in a survey"):
        moments_table(rows, Q3, "resolution_time")


def test_roles_that_nobody_has_are_named() -> None:
    rows = heard(a=(8, 2)).assign(role=["Finance", "IT"] * 10)
    with pytest.raises(TableError, match="Roles that answered: Finance, IT"):
        role_gap(rows, Q3, kpi="csat")
    with pytest.raises(ParameterError, match="churn_rate is not asked in a survey"):
        role_gap(rows, Q3, kpi="churn_rate")
    row = role_gap(rows, Q3, kpi="csat", buyer="Finance", user="IT").iloc[0]
    assert row["buyer_n"] + row["user_n"] == 10 and row["difference"] == pytest.approx(row["buyer"] - row["user"])


def test_roles_by_group_keep_groups_that_one_role_lacks() -> None:
    rows = heard(a=(8, 2), b=(8, 2)).assign(role="buyer")
    rows.loc[rows["moment"].eq("a") & (rows.index % 2 == 0), "role"] = "user"
    frame = role_gap(rows, Q3, by="moment", kpi="csat").set_index("moment")
    assert frame.loc["b", ["buyer_n", "user_n"]].tolist() == [10, 0] and np.isnan(frame.loc["b", "difference"])
    assert frame.loc["b", "verdict"] == "cannot tell"


def test_gaps_tell_chance_from_difference() -> None:
    """Two alike, two apart, and two that are close enough with enough answers."""
    side = lambda values, half: pd.DataFrame(  # noqa: E731
        {"value": values, "low": np.array(values) - half, "high": np.array(values) + half, "n_eff": 5000.0}
    )
    found = gaps(side([0.5, 0.8, 0.5, 0.2], 0.005), side([0.5, 0.5, 0.49, 0.5], 0.005), 0.02)
    assert found["verdict"].tolist() == ["alike", "higher", "higher", "lower"]
    wide = gaps(side([0.5], 0.2), side([0.4], 0.2), 0.02)
    assert wide["verdict"].tolist() == ["cannot tell"] and wide["p"][0] > 0.05
