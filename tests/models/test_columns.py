"""Numbers, flags, categories and useless columns are told apart, and what was read otherwise is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cxlab.errors import ParameterError
from cxlab.models.columns import CATEGORY, FLAG, NUMBER, OTHER, UNKNOWN, as_pandas, understand

ROWS = 200


@pytest.fixture
def frame() -> pd.DataFrame:
    at = np.arange(ROWS)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in at],
            "rowID": at + 1000,
            "tenure": at % 40,
            "charges": [" " if number == 3 else f"{number % 50}.5" for number in at],
            "revenue": [f"{number % 7 + 1},000" for number in at],
            "postcode": [f"0{number % 8 + 1000}" for number in at],
            "partner": np.where(at % 2, "Yes", "No"),
            "trial": at % 3 == 0,
            "vip": (at % 5 == 0).astype(int),
            "plan": np.select([at == 7, at == 8, at % 2 == 0], ["gold", "silver", "basic"], "plus"),
            "region": [None if number % 10 == 0 else "north" if number % 3 else "south" for number in at],
            "signed": pd.Timestamp("2026-01-01"),
            "currency": "EUR",
            "town": [f"town {number % 40}" for number in at],
            "empty": [None] * ROWS,
            "note": [f"note {number}" if number % 2 else None for number in at],
        }
    )


def test_kinds(frame: pd.DataFrame) -> None:
    found = understand(frame)
    assert found.of_kind(NUMBER) == ["tenure", "charges", "revenue"]
    assert found.of_kind(FLAG) == ["partner", "trial", "vip"]
    assert found.of_kind(CATEGORY) == ["postcode", "plan", "region"]
    assert found.frame.index.equals(frame.index)
    assert found.frame["revenue"].iloc[1] == 2000
    assert found.frame["partner"].tolist()[:3] == [0.0, 1.0, 0.0]


def test_what_is_set_aside_says_why(frame: pd.DataFrame) -> None:
    aside = understand(frame).set_aside.set_index("column")["why"]
    assert set(aside.index) == {"customer_id", "rowID", "signed", "currency", "town", "empty", "note"}
    assert "every row has its own" in aside["rowID"] and "nearly every row" in aside["customer_id"]
    assert "date" in aside["signed"] and "same in every row" in aside["currency"] and "no value" in aside["empty"]
    assert "rare" in aside["town"]


def test_blanks_in_numbers_and_rare_values_are_told(frame: pd.DataFrame) -> None:
    found = understand(frame)
    assert np.isnan(found.frame["charges"].iloc[3]) and found.frame["charges"].isna().sum() == 1
    assert any("charges: 1 of 200 cells" in remark for remark in found.remarks)
    assert set(found.levels["plan"]) == {"basic", "plus", OTHER}
    assert any(remark.startswith("plan: 2 rare values") for remark in found.remarks)
    assert found.levels["region"] == ["north", "south", UNKNOWN]


def test_every_engine(frame: pd.DataFrame) -> None:
    plain = frame[["tenure", "plan", "vip"]]
    for other in (pl.from_pandas(plain), pl.from_pandas(plain).lazy()):
        assert understand(other).kinds == understand(plain).kinds
        pd.testing.assert_frame_equal(understand(other).frame, understand(plain).frame, check_dtype=False)


def test_unusable_frames_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="not a list"):
        as_pandas([1, 2], "explain_churn")
    with pytest.raises(ParameterError, match="two columns called tenure"):
        understand(pd.concat([frame, frame[["tenure"]]], axis=1))
    with pytest.raises(ParameterError, match="no rows"):
        understand(frame.iloc[:0])


def test_the_telco_file_has_eleven_blank_charges(shared_data: Path) -> None:
    found = understand(pd.read_csv(shared_data / "telco-churn/Telco-Customer-Churn.csv").drop(columns="Churn"))
    assert found.remarks == ["TotalCharges: 11 of 7,043 cells are blank or no number; they count as not known."]
    assert found.kinds["TotalCharges"] == NUMBER and found.set_aside["column"].tolist() == ["customerID"]
