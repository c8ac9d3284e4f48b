import math

import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.report.digits import MINUS, THIN, change, count, interval, value

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((31.2, "points", 26.8, 35.2), "31"),
        ((39.84, "points", 39.2, 40.4), "39.8"),
        ((-5.4, "points", -9.0, -1.0), f"{MINUS}5"),
        ((0.824, "share", 0.811, 0.836), f"82.4{THIN}%"),
        ((0.5, "share", 0.2, 0.8), f"50{THIN}%"),
        ((0.8, "share"), f"80{THIN}%"),
        ((0.01104, "share", 0.0098, 0.0124), f"1.1{THIN}%"),
        ((29.8, "hours", 27.1, 33.0), "29.8 hours"),
        ((0.42, "hours", 0.40, 0.44), "0.42 hours"),
        ((24.0, "days", 22, 27), "24 days"),
        ((1.0, "days"), "1 day"),
        ((30.0, "hours", 27.0, INF), "30 hours"),
        ((12345.6, "currency"), "12,346"),
        ((9.5, "currency"), "9.50"),
        ((NAN, "share"), "not yet known"),
        ((None, "share"), "not yet known"),
        ((pd.NA, "share"), "not yet known"),
        ((INF, "days"), "not yet reached"),
        ((-0.0001, "points", -4, 4), "0"),
    ],
)
def test_a_value_has_the_digits_its_interval_supports(given, said):
    assert value(*given) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((7.2, "points", 1.9, 12.5), "+7.2 points"),
        ((-0.036, "share", -0.06, -0.012), f"{MINUS}3.6 points"),
        ((0.01, "share"), "+1 point"),
        ((-4.0, "hours"), f"{MINUS}4 hours"),
        ((0.0, "points", -2, 2), "0.0 points"),
        ((-0.001, "points", -2, 2), "0.0 points"),
        ((NAN, "points"), "not yet known"),
    ],
)
def test_a_change_carries_its_sign_and_shares_change_by_points(given, said):
    assert change(*given) == said


def test_a_change_that_is_real_is_never_written_as_nought():
    assert change(0.004, "points", -0.5, 2, signed=False, is_real=True) == "0.004 points"


@pytest.mark.parametrize(
    ("given", "more", "said"),
    [
        ((26.8, 35.2, "points"), {}, "26.8 to 35.2"),
        ((0.811, 0.836, "share"), {}, f"81.1 to 83.6{THIN}%"),
        ((0.811, 0.836, "share"), {"bare": True}, f"81.1 to 83.6{THIN}%"),
        ((27.1, 33.0, "hours"), {"bare": True}, "27.1 to 33.0"),
        ((27.1, INF, "hours"), {}, "27.1 hours or more"),
        ((27.1, NAN, "hours"), {}, "27.1 hours or more"),
        ((-INF, 3.0, "days"), {}, "up to 3 days"),
        ((NAN, NAN, "share"), {}, "not yet known"),
        ((-1.9, 1.3, "points"), {"of_change": True}, f"{MINUS}1.9 to +1.3 points"),
        ((-0.06, -0.012, "share"), {"of_change": True, "bare": True}, f"{MINUS}6.0 to {MINUS}1.2"),
    ],
)
def test_an_interval_in_words(given, more, said):
    assert interval(*given, **more) == said


def test_counts_have_thousands_and_gaps_have_words():
    assert (count(1214), count(1213.6), count(0), count(NAN)) == ("1,214", "1,214", "0", "not yet known")


def test_an_unknown_unit_names_the_known_ones():
    with pytest.raises(ParameterError, match="share"):
        value(1.0, "percent")
