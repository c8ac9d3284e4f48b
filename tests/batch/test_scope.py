"""What the data do not know is refused before anything runs."""

import pandas as pd
import pytest

from cxlab.batch.scope import check_scope
from cxlab.errors import ParameterError
from cxlab.periods import Period
from cxlab.tables.project import Project
from cxlab.tables.schema import Intake
from cxlab.tables.store import manifest, save


@pytest.fixture
def loaded(tmp_path):
    customers = pd.DataFrame({"customer_id": ["a", "b", "c"], "region": ["DACH", "Iberia & LatAm", None]}, dtype="str")
    project = Project(tmp_path)
    save(project, {"customers": Intake(customers, customers.iloc[:0])}, {"as_of": "2026-10-04T08:00:00", "sources": []})
    return project, manifest(tmp_path)


@pytest.mark.parametrize(
    "given", [{}, {"by": "region", "weight": "", "region": ""}, {"region": "Iberia & LatAm"}, {"pack": "exec", "n": 3}]
)
def test_what_the_data_know_may_run(loaded, given):
    check_scope(*loaded, Period.of("2026-Q4"), given)


@pytest.mark.parametrize(
    ("period", "given", "told"),
    [
        ("2027-Q1", {}, "2027-Q1 lies after the data, which end on 2026-10-04"),
        ("2026-Q3", {"by": "regoin"}, "'regoin' is not a known column for 'by'. Did you mean 'region'"),
        ("2026-Q3", {"weight": "w"}, "'w' is not a known column for 'weight'"),
        ("2026-Q3", {"region": "DAHC"}, "'DAHC' is not a known region. Did you mean 'DACH'"),
    ],
)
def test_what_they_do_not_know_is_refused_with_the_nearest(loaded, period, given, told):
    with pytest.raises(ParameterError, match=told):
        check_scope(*loaded, Period.of(period), given)


def test_data_without_dates_refuse_no_period(loaded):
    project, known = loaded
    check_scope(project, {**known, "as_of": None}, Period.of("2031"), {})
