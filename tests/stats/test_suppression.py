"""Nothing below the floor can be read off or worked out; nothing is lost; nothing is shown together without need."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.stats.suppression import TOGETHER, size_of, small_groups, together


def shown_together(sizes: dict[str, float], floor: float = 5) -> set[str]:
    keys = pd.DataFrame({"team": list(sizes)})
    return set(keys.loc[small_groups(keys, list(sizes.values()), floor), "team"])


def test_ledgers_of_one_column() -> None:
    """Two small ones with six people together are enough; one alone needs the next smallest, so do two too small."""
    assert shown_together({"a": 20, "b": 5, "c": 12}) == set()
    assert shown_together({"a": 20, "b": 3, "c": 12, "d": 3}) == {"b", "d"}
    assert shown_together({"a": 20, "b": 3, "c": 12, "d": 9}) == {"b", "d"}
    assert shown_together({"a": 20, "b": 2, "c": 12, "d": 2}) == {"b", "d", "c"}
    assert shown_together({"a": 20, "b": 3}) == {"a", "b"}
    assert shown_together({"a": 3}) == {"a"}
    assert shown_together({"a": 1, "b": 1, "c": 1}) == {"a", "b", "c"}
    assert shown_together({"a": 4, "b": 9, "c": 9}) == {"a", "b"}  # of two alike the first by name


def test_floor() -> None:
    assert shown_together({"a": 2, "b": 3, "c": 40}, floor=1) == set()
    assert shown_together({"a": 9, "b": 30, "c": 40}, floor=10) == {"a", "b"}
    with pytest.raises(ParameterError, match="the floor is nan"):
        shown_together({"a": 2}, floor=float("nan"))
    assert small_groups(pd.DataFrame({"team": []}), [], 5).tolist() == []


def test_order_of_rows_is_irrelevant() -> None:
    keys = pd.DataFrame({"region": list("NNNSSSWW"), "team": list("abcabcab")})
    sizes = np.array([3, 9, 9, 9, 9, 9, 6, 6.0])
    hidden = small_groups(keys, sizes, 5)
    mixed = np.random.default_rng(1).permutation(8)
    assert small_groups(keys.iloc[mixed], sizes[mixed], 5).tolist() == hidden[mixed].tolist()


def test_a_lone_cell_of_a_crossed_table_takes_its_line_along() -> None:
    """N-a is small. Row N and column a are known, and so are the others: a rectangle of four has to go together."""
    keys = pd.DataFrame([(r, t) for r in "NSW" for t in "abc"], columns=["region", "team"])
    sizes = [3, 20, 30, 21, 40, 50, 31, 51, 60]
    hidden = small_groups(keys, sizes, 5)
    found = {tuple(key) for key in keys[hidden].itertuples(index=False)}
    assert ("N", "a") in found and len(found) >= 4
    assert all((keys.loc[hidden, column] == value).sum() >= 2 for column, value in [("region", "N"), ("team", "a")])


def test_teams_nested_in_regions() -> None:
    """South's only small team would be South minus the others; the next smallest team of the South goes with it."""
    keys = pd.DataFrame({"region": list("NNSSS"), "team": list("abcde")})
    hidden = small_groups(keys, [6, 7, 30, 2, 9], 5)
    assert set(keys.loc[hidden, "team"]) == {"d", "e"}


def test_questions_count_one_by_one() -> None:
    """Six people of team a answered the first question, four the second: it is not shown; b joins it."""
    keys = pd.DataFrame({"team": list("abc")})
    assert small_groups(keys, [[6, 4], [9, 9], [20, 20]], 5).tolist() == [True, True, False]
    assert size_of([[6, 0], [3, 0]]) == 9 and size_of([[6, 4], [3, 9]]) == 9 and size_of([[0.0, 0.0]]) == 0


def test_together_names_the_row() -> None:
    keys = pd.DataFrame({"team": ["a", None, "c"], "year": [1, 2, 3]})
    named = together(keys, np.array([True, True, False]))
    assert named["team"].tolist() == [TOGETHER, TOGETHER, "c"] and named["year"].tolist() == [TOGETHER, TOGETHER, 3]
    assert keys["year"].tolist() == [1, 2, 3]


def tables_of(keys: pd.DataFrame, sizes: np.ndarray, floor: float, columns: list[str]) -> list[np.ndarray]:
    """The rows of one table that everybody can see, as indicators of cells; written down without the code's help."""
    groups = keys[columns].assign(n=sizes).groupby(columns, as_index=False)["n"].sum()
    hidden = small_groups(groups[columns], groups["n"].to_numpy(), floor)
    label = keys.merge(groups.assign(row=np.where(hidden, -1, range(len(groups)))), on=columns, how="left")["row"]
    return [(label == row).to_numpy(float) for row in label.unique()]


def derivable(seen: list[np.ndarray], sizes: np.ndarray, floor: float) -> list[tuple[int, ...]]:
    """Every set of cells below the floor whose sum is a combination of what is seen: all 2**k sets are tried."""
    table = np.array(seen)
    cells = table.shape[1]
    basis = np.linalg.svd(table)[2][: np.linalg.matrix_rank(table)]
    sets = ((np.arange(1, 2**cells)[:, None] >> np.arange(cells)) & 1).astype(float)
    left = sets - sets @ basis.T @ basis
    found = sets[(np.abs(left).max(axis=1) < 1e-6) & (sets @ sizes < floor)]
    return [tuple(np.flatnonzero(one)) for one in found]


@pytest.mark.parametrize("seed", range(40))
def test_nothing_small_can_be_derived_from_one_column(seed: int) -> None:
    rng = np.random.default_rng(seed)
    keys = pd.DataFrame({"team": [f"t{place:02d}" for place in range(rng.integers(2, 11))]})
    sizes = rng.integers(1, rng.integers(4, 30), len(keys)).astype(float)
    floor = int(rng.integers(2, 9))
    seen = [np.ones(len(keys)), *tables_of(keys, sizes, floor, ["team"])]
    assert derivable(seen, sizes, floor) == ([] if sizes.sum() >= floor else [tuple(range(len(keys)))])
    # Not more than needed: without the largest that was added, what is left together would be too small.
    hidden = small_groups(keys, sizes, floor)
    added = sizes[hidden & (sizes >= floor)]
    assert len(added) <= 1 and (not len(added) or sizes[hidden].sum() - added[0] < floor)


def random_table(rng: np.random.Generator, kind: str) -> tuple[pd.DataFrame, np.ndarray]:
    if kind == "crossed":
        cells = [(a, b) for a in "ABC"[: rng.integers(2, 4)] for b in "xyzw"[: rng.integers(2, 4)]]
    else:
        cells = [("ABC"[rng.integers(3)], f"t{place}") for place in range(rng.integers(3, 10))]
    keys = pd.DataFrame(cells, columns=["region", "team"])
    return keys, rng.integers(1, rng.integers(5, 25), len(keys)).astype(float)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("kind", ["nested", "crossed"])
def test_nothing_small_can_be_derived_from_a_line_of_tables(seed: int, kind: str) -> None:
    """Total, by region, by region and team: seen together they give nothing small away."""
    keys, sizes = random_table(np.random.default_rng([seed, len(kind)]), kind)
    chain = [np.ones(len(keys)), *tables_of(keys, sizes, 5, ["region"]), *tables_of(keys, sizes, 5, ["region", "team"])]
    whole = [tuple(range(len(keys)))] if sizes.sum() < 5 else []
    assert derivable(chain, sizes, 5) == whole


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("kind", ["nested", "crossed"])
def test_a_crossed_table_adds_nothing_small_to_its_margins(seed: int, kind: str) -> None:
    """Tables by one column may give a group away among themselves where they nest; the finer one adds nothing."""
    keys, sizes = random_table(np.random.default_rng([seed, 9, len(kind)]), kind)
    margins = [np.ones(len(keys)), *(row for name in keys for row in tables_of(keys, sizes, 5, [name]))]
    both = [*margins, *tables_of(keys, sizes, 5, ["region", "team"])]
    assert set(derivable(both, sizes, 5)) == set(derivable(margins, sizes, 5))


def test_a_planted_leak_is_seen_by_the_test() -> None:
    """The attack itself works: hiding only the small cell lets subtraction find it."""
    assert derivable([np.ones(3), *np.eye(3)[1:]], np.array([3.0, 9.0, 9.0]), 5) == [(0,)]


def test_many_small_groups() -> None:
    """Forty small teams crossed with three sites: an answer in a moment, and rows that add up."""
    rng = np.random.default_rng(3)
    keys = pd.DataFrame([(f"t{team:02d}", site) for team in range(40) for site in "xyz"], columns=["team", "site"])
    hidden = small_groups(keys, rng.integers(1, 20, len(keys)), 5)
    assert 0 < hidden.sum() < len(keys)
