"""Robustness values against the published Darfur example (Cinelli & Hazlett 2020) and against omitted columns."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from cxlab.errors import ParameterError
from cxlab.stats.robustness import as_strong_as, bias_of, partial_r2, robustness_value

# The regression of the paper's section 5, as the R package sensemakr prints it; the paper rounds to 0.097 and 0.023.
ESTIMATE, SE, DF = 0.09731582, 0.02325654, 783
T = ESTIMATE / SE


def test_darfur() -> None:
    assert float(partial_r2(T, DF)) == pytest.approx(0.0219, abs=5e-5)
    assert float(robustness_value(T, DF)) == pytest.approx(0.13878, abs=5e-6)
    assert float(robustness_value(T, DF, alpha=0.05)) == pytest.approx(0.07626, abs=5e-6)


def test_darfur_from_the_rounded_numbers_of_the_paper() -> None:
    t = 0.097 / 0.023
    assert float(partial_r2(t, DF)) == pytest.approx(0.022, abs=5e-4)
    assert float(robustness_value(t, DF)) == pytest.approx(0.139, abs=2e-3)
    assert float(robustness_value(t, DF, alpha=0.05)) == pytest.approx(0.076, abs=2e-3)


def test_darfur_with_a_hidden_cause_as_strong_as_sex() -> None:
    # sensemakr's bound "1x female": partial R2 0.0092 with the treatment, 0.1246 with the outcome, 0.0752 remains.
    left = ESTIMATE - float(bias_of(SE, DF, 0.00916428667504862, 0.12464092303637))
    assert left == pytest.approx(0.0752202712144491, abs=1e-6)


def test_a_cause_as_strong_as_the_robustness_value_leaves_nothing() -> None:
    for t, df in ((4.2, 783), (-2.0, 40), (12.0, 300)):
        rv = robustness_value(t, df)
        assert float(bias_of(1.0, df, rv, rv)) == pytest.approx(abs(t))


def test_a_link_within_chance_needs_no_hidden_cause_to_get_there() -> None:
    assert float(robustness_value(1.5, 100, alpha=0.05)) == 0.0
    assert float(robustness_value(3.0, 100, alpha=0.05, wider=2.0)) == 0.0
    assert float(robustness_value(0.0, 100)) == 0.0


def test_bias_is_what_leaving_a_column_out_really_does() -> None:
    rng = np.random.default_rng(3)
    z, x = rng.normal(size=(2, 400))
    d = 0.6 * z + 0.4 * x + rng.normal(size=400)
    y = 0.5 * d - 0.8 * z + x + rng.normal(size=400)
    long = sm.OLS(y, sm.add_constant(np.column_stack([d, x, z]))).fit()
    short = sm.OLS(y, sm.add_constant(np.column_stack([d, x]))).fit()
    on_d = sm.OLS(d, sm.add_constant(np.column_stack([x, z]))).fit()
    strengths = partial_r2(on_d.tvalues[2], on_d.df_resid), partial_r2(long.tvalues[3], long.df_resid)
    bias = bias_of(short.bse[1], short.df_resid, *strengths)
    assert float(bias) == pytest.approx(abs(short.params[1] - long.params[1]))


def test_strengths_that_cannot_be_are_one() -> None:
    with_cause, with_outcome = as_strong_as(0.6, 0.3)
    assert (float(with_cause), float(with_outcome)) == (1.0, 1.0)
    nothing = as_strong_as(0.0, 0.3)
    assert float(nothing[0]) == 0.0
    assert float(bias_of(1.0, 100, *nothing)) == 0.0
    with_cause, with_outcome = as_strong_as(0.02, 0.05)
    assert 0.02 < float(with_cause) < 0.025
    assert 0.05 < float(with_outcome) < 0.08


def test_q_must_be_a_share() -> None:
    with pytest.raises(ParameterError, match="q is 0"):
        robustness_value(2.0, 50, q=0)
