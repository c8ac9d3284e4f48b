"""Topics against human codes: accuracy, precision, recall and kappa by hand, fair samples, clear errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import InputError, ParameterError
from cxlab.models.topics.coded import Coding, _kappa, judge, sample_to_code

TOPICS = pd.DataFrame({"topic": ["T01", "T02"], "name": ["waiting time", "ERP; export"]})
IDS = [f"r{at}" for at in range(8)]
MAIN = pd.Series(["T01", "T01", "T01", "T02", "T02", "T02", None, None], index=IDS)
MEMBERS = pd.DataFrame({"T02": [0, 0, 1, 1, 1, 1, 0, 0], "T01": [1, 1, 1, 0, 0, 0, 0, 0]}, index=IDS).astype(bool)


def judged(codes: list[object], ids: list[str] | None = None, **more: object) -> Coding:
    return judge(pd.DataFrame({"comment": ids or IDS[: len(codes)], "code": codes} | more), MAIN, MEMBERS, TOPICS)


def test_accuracy_precision_and_recall_by_hand() -> None:
    found = judged(["T01", "t01", "T02", "erp; EXPORT", "T02", "Waiting  time", "none", "T01"])
    # Right: r0, r1, r3, r4, r6; 5 of 8. Wilson: (0.625 + 1.9207/8 -+ 1.96 root(0.2344/8 + 3.8415/256)) / 1.4802.
    assert found.accuracy.value[0] == pytest.approx(0.625)
    assert [found.accuracy.low[0], found.accuracy.high[0]] == pytest.approx([0.3057, 0.8632], abs=1e-4)
    assert (found.coded, found.not_coded) == (8, 0)
    first, second = found.topics.iloc[0], found.topics.iloc[1]
    assert (first["coded"], first["held"], second["coded"], second["held"]) == (4, 3, 3, 4)
    # T01 is held by r0, r1, r2 and coded for r0, r1, r5, r7; T02 is held by r2-r5 and coded for r2, r3, r4.
    assert [first["precision"], first["recall"]] == pytest.approx([2 / 3, 2 / 4])
    assert [second["precision"], second["recall"]] == pytest.approx([3 / 4, 1.0])
    assert [second["recall_low"], second["recall_high"]] == pytest.approx([0.4385, 1.0], abs=1e-4)


def test_kappa_is_cohens_where_every_comment_has_one_code() -> None:
    from sklearn.metrics import cohen_kappa_score

    codes = ["T01", "T01", "T02", "T02", "T02", "T01", "none", "T01"]
    found = judged(codes)
    assert found.kappa.value == pytest.approx(cohen_kappa_score(codes, MAIN.fillna("none")))
    assert found.kappa.low < found.kappa.value < found.kappa.high
    assert (found.kappa.units, found.kappa.raters) == (8, 2)


def test_kappas_jackknife_by_hand() -> None:
    rng = np.random.default_rng(2)
    chosen = rng.integers(0, 3, 12)
    codes = np.eye(3, dtype=bool)[np.where(rng.random(12) < 0.6, chosen, rng.integers(0, 3, 12))]
    found = _kappa(codes, chosen, np.ones(12))
    each = [_kappa(np.delete(codes, at, 0), np.delete(chosen, at), np.ones(11)).value for at in range(12)]
    pseudo = 12 * np.arctanh(found.value) - 11 * np.arctanh(each)
    reach = 2.200985 * pseudo.std(ddof=1) / np.sqrt(12)
    assert np.arctanh([found.low, found.high]) == pytest.approx(np.arctanh(found.value) + np.array([-reach, reach]))


def test_full_agreement_has_no_interval_of_kappa() -> None:
    found = judged(["T01", "T01", "T01", "T02"])
    assert found.kappa.value == 1 and np.isnan(found.kappa.low) and found.accuracy.high[0] == 1


def test_several_codes_in_a_cell_in_columns_or_in_rows_are_the_same() -> None:
    cell = judged(["T01", "T02", "T01; T02", "T01|T02"])
    rows = judged(["T01", "T02", "T01", "T02", "T01", "T02"], ["r0", "r1", "r2", "r2", "r3", "r3"])
    wide = judge(
        pd.DataFrame(
            {
                "response_id": ["r0", "r1", "r2", "r3"],
                "code_1": ["T01", "T02", "T01", "T02"],
                "code_2": [None, "", "T02", "T01"],
            }
        ),
        MAIN,
        MEMBERS,
        TOPICS,
    )
    for other in (rows, wide):
        pd.testing.assert_frame_equal(cell.topics, other.topics)
        assert other.kappa == cell.kappa
    assert cell.accuracy.value[0] == 0.75
    # Machine: T01 in 3 of 4, T02 in 1; people: both in 3 of 4. Chance is 12 / 16, so (3/4 - 3/4) / (1/4).
    assert cell.kappa.value == pytest.approx(0.0)


def test_a_column_of_numbers_with_a_gap_means_its_ids() -> None:
    main = pd.Series(["T01", "T02"], index=[7, 12])
    table = pd.DataFrame({"comment": [7.0, 12.0], "topic": ["T01", "T01"]})
    assert judge(table, main, MEMBERS.iloc[[0, 3]], TOPICS).accuracy.value[0] == 0.5


def test_what_is_not_coded_yet_is_set_aside_and_counted() -> None:
    found = judged(["T01", "", None, "T02"])
    assert (found.coded, found.not_coded) == (2, 2) and found.accuracy.n[0] == 2
    with pytest.raises(InputError, match="no comment has a code"):
        judged(["", None])


def test_weights_count() -> None:
    found = judged(["T01", "T02", "T01", "T02"], weight=[3.0, 1, 1, 1])
    assert found.accuracy.value[0] == pytest.approx(5 / 6)
    assert found.accuracy.n_eff[0] < 4
    # T01 held by r0, r1, r2 (3 + 1 + 1), coded for r0 and r2.
    assert found.topics["precision"][0] == pytest.approx(4 / 5)


@pytest.mark.parametrize(
    ("codes", "more", "said"),
    [
        (["T01", "wating time"], {}, r"row 3, column 'code': 'wating time' is no topic. Did you mean 'waiting time'"),
        (["T01", "none; T02"], {}, r"row 3, column 'code': comment 'r1' has 'none' beside a topic"),
        (["T01", "T02"], {"ids": ["r0", "r99"]}, r"row 3, column 'comment': comment 'r99' is not among the 8 comments"),
        (["T01", "T02"], {"weight": [1.0, "x"]}, r"row 3, column 'weight': 'x' is no weight"),
        (["T01", "T02"], {"weight": [1.0, -1]}, r"row 3, column 'weight'"),
    ],
)
def test_errors_name_row_and_column(codes: list[object], more: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        judged(codes, **more)


def test_missing_columns_and_foreign_topics_are_errors() -> None:
    with pytest.raises(InputError, match="no column comment or response_id"):
        judge(pd.DataFrame({"id": ["r0"], "code": ["T01"]}), MAIN, MEMBERS, TOPICS)
    with pytest.raises(InputError, match="no column code"):
        judge(pd.DataFrame({"comment": ["r0"], "said": ["T01"]}), MAIN, MEMBERS, TOPICS)
    with pytest.raises(ParameterError, match="T02"):
        judge(pd.DataFrame({"comment": ["r0"], "code": ["T01"]}), MAIN, MEMBERS, TOPICS.head(1))


def comments(sizes: dict[str | None, int]) -> pd.DataFrame:
    topic = [name for name, size in sizes.items() for _ in range(size)]
    return pd.DataFrame({"comment": range(len(topic)), "text": "so it is", "topic": topic})


def test_a_sample_is_drawn_by_the_root_of_size_and_stands_for_all() -> None:
    table = comments({"T01": 900, "T02": 100, "T03": 1, None: 400})
    sample = sample_to_code(table, 61, seed=3)
    assert sample.columns.tolist() == ["comment", "text", "code", "weight"] and (sample["code"] == "").all()
    drawn = table.set_index("comment")["topic"].fillna("")[sample["comment"]].value_counts().to_dict()
    # Roots 30, 10, 1, 20: of 60 left 30, 10 and 20.
    assert drawn == {"T01": 30, "": 20, "T02": 10, "T03": 1}
    assert sample["weight"].sum() == pytest.approx(1401)
    assert sorted(sample["weight"].unique()) == pytest.approx([1, 10, 20, 30])
    assert not sample["comment"].is_monotonic_increasing, "the order tells nothing of the topic"
    assert sample["comment"].is_unique


def test_small_topics_get_two_and_no_topic_gives_more_than_it_has() -> None:
    table = comments({"T01": 10_000, "T02": 3, "T03": 2})
    sample = sample_to_code(table, 10)
    assert table["topic"][sample["comment"]].value_counts().to_dict() == {"T01": 6, "T02": 2, "T03": 2}
    assert len(sample_to_code(table.tail(9), 50)) == 9


def test_the_same_seed_draws_the_same_whatever_the_order() -> None:
    table = comments({"T01": 50, None: 50})
    one, other = sample_to_code(table, 20, seed=5), sample_to_code(table.sample(frac=1, random_state=1), 20, seed=5)
    pd.testing.assert_frame_equal(one, other)
    assert not one.equals(sample_to_code(table, 20, seed=6))


def test_samples_that_cannot_be_drawn_are_errors() -> None:
    table = comments({"T01": 5, "T02": 5})
    with pytest.raises(ParameterError, match="stand for 2 topics"):
        sample_to_code(table, 1)
    with pytest.raises(ParameterError, match="stands there twice"):
        sample_to_code(pd.concat([table, table]), 4)
    with pytest.raises(ParameterError, match="text"):
        sample_to_code(table.drop(columns="text"), 4)


@pytest.mark.slow
def test_a_sample_gives_the_accuracy_of_all_comments() -> None:
    """Accuracy differs by topic and topics by size: what a drawn and coded sample says of all, 150 times over."""
    rng = np.random.default_rng(8)
    sizes, right = {"T01": 1200, "T02": 300, "T03": 60, None: 240}, {"T01": 0.9, "T02": 0.6, "T03": 0.3, None: 0.8}
    table = comments(sizes)
    topics = pd.DataFrame({"topic": ["T01", "T02", "T03"], "name": ["a", "b", "c"]})
    main = pd.Series(
        table["topic"].astype(object).where(table["topic"].notna(), None).to_numpy(), index=table["comment"]
    )
    members = pd.DataFrame({topic: main == topic for topic in topics["topic"]})
    is_right = rng.random(len(table)) < np.array([right[None if pd.isna(each) else each] for each in table["topic"]])
    wrong = {"T01": "b", "T02": "c", "T03": "none", "none": "a"}
    machine = main.fillna("none")
    people = pd.Series(np.where(is_right, machine, machine.map(wrong)), index=table["comment"])
    truth, found = is_right.mean(), []
    for seed in range(150):
        sample = sample_to_code(table, 120, seed)
        sample["code"] = people[sample["comment"]].to_numpy()
        found.append(judge(sample, main, members, topics).accuracy)
    values = np.array([each.value[0] for each in found])
    assert values.mean() == pytest.approx(truth, abs=0.01)
    assert 0.92 <= np.mean([each.low[0] <= truth <= each.high[0] for each in found]) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize(("n", "agreeing"), [(30, 0.3), (60, 0.6), (200, 0.8)])
def test_kappas_interval_holds_the_truth(n: int, agreeing: float) -> None:
    rng = np.random.default_rng(9)
    sizes, held = np.array([0.4, 0.3, 0.2, 0.1]), []
    for _ in range(1000):
        people = rng.choice(4, n, p=sizes)
        machine = np.where(rng.random(n) < agreeing, people, rng.choice(4, n, p=sizes))
        found = _kappa(np.eye(4, dtype=bool)[people], machine, np.ones(n))
        # Where machine and people agree by copying, kappa is the share copied.
        held.append(found.low <= agreeing <= found.high)
    assert 0.93 <= np.mean(held) <= 0.98
