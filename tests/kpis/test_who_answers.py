"""Who did not answer: bias removed where it can be, "cannot tell" where it cannot, and nothing known too early."""

from __future__ import annotations

import dataclasses

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.special import expit

from cxlab.errors import ParameterError, TableError
from cxlab.kpis.answering import early_and_late
from cxlab.kpis.invitations import invitations, known_then
from cxlab.kpis.silence import downgrade, who_answers
from cxlab.kpis.survey import csat, nps
from cxlab.periods import Period
from cxlab.stats.comparisons import compare

NOW, BEFORE = Period.of("2026-Q2"), Period.of("2026-Q1")
RATES = {"promoter": 0.30, "passive": 0.30, "detractor": 0.30}


def world(
    seed: int = 0,
    accounts: int = 400,
    on_known: float = 0.0,
    rates: dict[str, dict[str, float]] | None = None,
    rise: float = 0.0,
    late: float = 0.0,
) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """Tables of a company that asks four people an account in both quarters, and everybody's true NPS in each.

    Liking goes with use and with open tickets; answering with the same two by `on_known`, and with the answer itself by
    the `rates` of a quarter. `rise` is added to everybody's liking in the second quarter. Unhappy people take `late`
    days longer.
    """
    rng = np.random.default_rng(seed)
    ids = np.array([f"c{place:04d}" for place in range(accounts)], dtype=object)
    use = rng.normal(size=accounts)
    has_open = rng.uniform(size=accounts) < 0.3
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "signed_on": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 900, accounts), unit="D"),
            "segment": rng.choice(["Small", "Large"], accounts),
            "region": rng.choice(["North", "South", "West"], accounts),
        }
    )
    months = pd.date_range("2025-08-01", "2026-07-01", freq="MS")
    usage = pd.DataFrame(
        [(c, month, float(np.round(np.exp(4 + 0.8 * u)))) for c, u in zip(ids, use, strict=True) for month in months],
        columns=["customer_id", "used_on", "value"],
    ).assign(feature="reports")
    tickets = pd.DataFrame({"customer_id": ids[has_open], "opened_at": pd.Timestamp("2025-11-20 10:00")})
    tickets["ticket_id"] = [f"t{place}" for place in range(len(tickets))]
    tickets["resolved_at"] = pd.Timestamp("2026-08-01")
    subscriptions = pd.DataFrame(
        [(c, month, 100.0 * (1 + place % 7)) for place, c in enumerate(ids) for month in months],
        columns=["customer_id", "month", "mrr"],
    )
    parts, truth = [], {}
    for period in (BEFORE, NOW):
        number = np.repeat(np.arange(accounts), 4)
        n = len(number)
        known = 0.8 * use[number] - 0.9 * has_open[number]
        liking = known + 0.3 + 1.1 * rng.normal(size=n) + (rise if period is NOW else 0.0)
        x = np.where(liking > 0.5, 1, np.where(liking < -0.2, -1, 0))
        truth[period.label] = 100 * x.mean()
        rate = rates[period.label] if rates else RATES
        base = np.select([x > 0, x < 0], [rate["promoter"], rate["detractor"]], rate["passive"])
        answered = rng.random(n) < expit(np.log(base / (1 - base)) + on_known * known)
        sent = pd.Series(period.start + pd.to_timedelta(rng.integers(86400, 60 * 86400, n), unit="s"))
        waited = pd.to_timedelta(((rng.exponential(2, n) + late * (x < 0)) * 86400).astype(int) + 60, unit="s")
        score = np.select([x > 0, x < 0], [rng.integers(9, 11, n), rng.integers(0, 7, n)], rng.integers(7, 9, n))
        parts.append(
            pd.DataFrame(
                {
                    "response_id": [f"{period.label}-{place:05d}" for place in range(n)],
                    "survey": "nps",
                    "customer_id": ids[number],
                    "sent_at": sent,
                    "answered_at": (sent + waited).where(answered),
                    "score": np.where(answered, score, np.nan),
                    "role": rng.choice(["buyer", "user"], n),
                }
            )
        )
    # The data reach three weeks beyond the second quarter.
    last = {"response_id": ["v"], "survey": ["review"], "answered_at": [pd.Timestamp("2026-07-21")], "score": [5.0]}
    tables = {
        "responses": pd.concat([*parts, pd.DataFrame(last)], ignore_index=True),
        "customers": customers,
        "usage": usage,
        "tickets": tickets,
        "subscriptions": subscriptions,
    }
    return tables, truth


@pytest.fixture(scope="module")
def random_silence() -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    return world(1, on_known=0.9)


def rising_answers() -> dict[str, dict[str, float]]:
    """Nobody's liking changes, but in the second quarter the happy answer more and the unhappy less."""
    return {BEFORE.label: RATES, NOW.label: {"promoter": 0.45, "passive": 0.28, "detractor": 0.16}}


def test_weighting_removes_what_goes_with_what_is_known() -> None:
    raw, weighted, covered = [], [], []
    for seed in range(8):
        tables, truth = world(seed, on_known=0.9)
        who = who_answers(tables, NOW, compared=False)
        plain, mended = who.kpi["value"]
        raw.append(plain - truth[NOW.label])
        weighted.append(mended - truth[NOW.label])
        covered.append(who.kpi.loc[1, "low"] <= truth[NOW.label] <= who.kpi.loc[1, "high"])
        assert who.grade == "weighted differs"
    assert np.mean(raw) > 15
    assert abs(np.mean(weighted)) < 2
    assert sum(covered) >= 7


def test_the_frames_say_what_their_docstring_says(random_silence: tuple) -> None:
    tables, _ = random_silence
    who = who_answers(tables, NOW)
    assert who.kpi.columns.tolist() == ["kpi", "period", "how", "value", "low", "high", "n", "n_eff"]
    assert who.kpi["how"].tolist() == ["as answered", "weighted"]
    assert who.bounds["assumption"].tolist()[-1] == "whatever they think"
    width = who.bounds["high"] - who.bounds["low"]
    assert width.iloc[-1] == width.max() == pytest.approx(200 * (1 - who.rate))
    assert who.signs["sign"].tolist() == ["what is known", "half and half", "the answer itself", "late answers"]
    gap = who.signs["gap"].iloc[0]
    assert gap * (1 - who.rate) == pytest.approx(who.shift[0]) == pytest.approx(np.diff(who.kpi["value"])[0])
    assert {"use_reports", "open_tickets", "tenure_days", "mrr", "segment", "region", "role"} <= set(
        who.features["feature"]
    )
    use = who.features.set_index("feature").loc["use_reports"]
    assert use["odds_ratio"] > use["low"] > 1 and abs(use["smd_after"]) < 0.1 < use["smd_before"]
    assert who.invited == 1600 and who.rate == who.answered / 1600
    assert who.before.period == BEFORE.label and who.before.before is None


def test_weights_give_the_weighted_value_to_any_kpi(random_silence: tuple) -> None:
    tables, _ = random_silence
    who = who_answers(tables, NOW, compared=False)
    joined = tables["responses"].merge(who.weights, on="response_id")
    assert len(joined) == who.answered and joined["weight"].mean() == pytest.approx(1)
    theirs = nps(joined, weight="weight", cluster="customer_id").iloc[0]
    assert theirs["value"] == pytest.approx(who.kpi.loc[1, "value"])
    plain = nps(joined, cluster="customer_id").iloc[0]
    for column in ("value", "low", "high", "n", "n_eff"):
        assert plain[column] == pytest.approx(who.kpi.loc[0, column])
    assert who.kish == pytest.approx(nps(joined, weight="weight").iloc[0]["n_eff"], rel=0.02)


def test_silence_that_depends_on_the_answer_is_held_by_the_bounds_and_takes_the_verdict_back() -> None:
    named = []
    for seed in range(6):
        tables, truth = world(seed, accounts=500, rates=rising_answers())
        who = who_answers(tables, NOW)
        assert who.change["verdict"].iloc[0] == "moved up"
        assert abs(truth[NOW.label] - truth[BEFORE.label]) < 5
        low, high = who.bounds.iloc[-1][["low", "high"]]
        assert low <= truth[NOW.label] <= high
        assert not who.kpi.loc[0, "low"] <= truth[NOW.label] <= who.kpi.loc[0, "high"]
        assert who.grade == "cannot tell"
        judged = downgrade(who.change, who)
        assert judged["verdict"].iloc[0] == "cannot tell" and judged["why"].iloc[0] != ""
        told = who.if_answer_rates(**rising_answers()[NOW.label]).iloc[0]
        named.append(told["low"] <= truth[NOW.label] <= told["high"])
    assert sum(named) >= 5


def test_a_true_rise_under_steady_silence_stays() -> None:
    steady = dict.fromkeys((BEFORE.label, NOW.label), {"promoter": 0.42, "passive": 0.27, "detractor": 0.32})
    tables, truth = world(5, accounts=700, rates=steady, rise=0.45)
    who = who_answers(tables, NOW)
    assert truth[NOW.label] - truth[BEFORE.label] > 15
    assert who.change["verdict"].iloc[0] == "moved up" and who.grade != "cannot tell"
    assert (downgrade(who.change, who)["why"] == "").all()
    assert who.tipping.direction == "unhappier"
    assert who.tipping.points == pytest.approx(who.change["change"].iloc[0] / (1 - who.rate))
    assert who.tipping.points > who.tipping.points_sure > who.plausible


def test_downgrade_judges_only_its_own_kpi_and_period() -> None:
    tables, _ = world(2, accounts=500, rates=rising_answers())
    who = who_answers(tables, NOW)
    other = who.change.assign(kpi="csat")
    older = who.change.assign(period="2025-Q1")
    group = who.change.assign(low=1.0, high=9.0)
    judged = downgrade(pd.concat([who.change, other, older, group], ignore_index=True), [who])
    assert judged["verdict"].tolist() == ["cannot tell", "moved up", "moved up", "cannot tell"]
    assert (judged["why"] != "").tolist() == [True, False, False, True]
    alone = dataclasses.replace(who, change=None)
    assert downgrade(who.change, alone)["verdict"].tolist() == ["moved up"]


def test_the_side_of_a_threshold_is_taken_back_when_silence_reaches_it(random_silence: tuple) -> None:
    tables, _ = random_silence
    who = who_answers(tables, NOW, compared=False)
    low = who.kpi.loc[0, "low"]
    assert who_answers(tables, NOW, compared=False, threshold=low - 2).grade == "cannot tell"
    far = who_answers(tables, NOW, compared=False, threshold=-90)
    assert far.grade == "weighted differs"
    assert far.tipping_threshold.points == pytest.approx((who.kpi.loc[0, "value"] + 90) / (1 - who.rate))


def test_nothing_that_came_after_the_invitation_is_used() -> None:
    tables, _ = world(3, accounts=120)
    hours = pd.date_range("2026-03-01", "2026-06-30", freq="h")
    opened = np.random.default_rng(0).choice(hours, len(tables["tickets"]))
    extra = tables["tickets"].assign(ticket_id=lambda t: t["ticket_id"] + "x", opened_at=opened)
    extra["resolved_at"] = extra["opened_at"] + pd.Timedelta(days=9)
    tables["tickets"] = pd.concat([tables["tickets"], extra], ignore_index=True)
    tables["subscriptions"]["mrr"] += np.random.default_rng(1).uniform(0, 50, len(tables["subscriptions"]))
    tables["subscriptions"]["plan"] = np.random.default_rng(2).choice(["a", "b"], len(tables["subscriptions"]))
    asked, _, _ = invitations(tables["responses"], NOW, "nps", None, 14, None)
    full, _ = known_then(tables, asked, "nps", None)
    for place in range(0, len(asked), 37):
        sent = asked.loc[place, "sent_at"]
        one, _ = known_then(as_of(tables, sent), asked.loc[[place]].reset_index(drop=True), "nps", None)
        assert set(one) == set(full)
        pd.testing.assert_series_equal(one.iloc[0], full.loc[place, one.columns], check_names=False, check_dtype=False)
    assert full["tickets_90d"].max() >= 1 and full["open_tickets"].nunique() > 1 and full["score_before"].notna().any()


def as_of(tables: dict[str, pd.DataFrame], sent: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The tables as they looked at that moment, with everything later turned into something else."""
    responses = tables["responses"].copy()
    later = responses["answered_at"] >= sent
    responses.loc[later, ["answered_at", "score"]] = [sent + pd.Timedelta(hours=1), 0.0]
    responses = responses[responses["sent_at"] <= sent]
    tickets = tables["tickets"][tables["tickets"]["opened_at"] < sent].copy()
    tickets.loc[tickets["resolved_at"] >= sent, "resolved_at"] = pd.NaT
    usage = tables["usage"].copy()
    usage.loc[usage["used_on"] + pd.offsets.MonthBegin(1) > sent, "value"] = 1e6
    subscriptions = tables["subscriptions"].copy()
    subscriptions.loc[subscriptions["month"] >= sent.to_period("M").start_time, ["mrr", "plan"]] = [1e6, "z"]
    customers = tables["customers"].assign(plan="later", closed_on=sent + pd.Timedelta(days=1))
    return {
        "responses": responses, "tickets": tickets, "usage": usage,
        "subscriptions": subscriptions, "customers": customers,
    }  # fmt: skip


def test_features_counted_by_hand() -> None:
    asked = pd.DataFrame(
        {
            "response_id": ["r1", "r2"],
            "customer_id": ["a", None],
            "sent_at": pd.to_datetime(["2026-05-15 09:00", "2026-05-15 09:00"], format="mixed"),
            "answered": [True, False],
        }
    )
    responses = pd.DataFrame(
        {
            "response_id": ["o1", "o2", "o3", "o4", "r1"],
            "survey": ["nps", "nps", "nps", "csat", "nps"],
            "customer_id": "a",
            "sent_at": pd.to_datetime(
                ["2026-02-01", "2026-02-01", "2025-05-01", "2026-02-01", "2026-05-15 09:00"], format="mixed"
            ),
            "answered_at": pd.to_datetime(["2026-02-03", None, "2025-05-02", "2026-02-03", "2026-05-16"]),
            "score": [8.0, np.nan, 1.0, 5.0, 0.0],
        }
    )
    tickets = pd.DataFrame(
        {
            "ticket_id": ["1", "2", "3", "4", "5"],
            "customer_id": ["a", "a", "a", "a", "b"],
            "opened_at": pd.to_datetime(
                ["2026-05-01", "2026-02-20", "2026-05-15 09:00", "2025-01-01", "2026-05-01"], format="mixed"
            ),
            "resolved_at": pd.to_datetime(["2026-05-03", None, None, "2026-06-01", None]),
        }
    )
    daily = pd.DataFrame(
        {
            "customer_id": "a",
            "used_on": pd.to_datetime(["2026-05-14", "2026-05-15", "2026-02-01", "2026-03-02"]),
            "value": [1.0, 10.0, 100.0, 1000.0],
        }
    )
    customers = pd.DataFrame({"customer_id": ["a"], "signed_on": pd.to_datetime(["2026-05-05 09:00"])})
    subscriptions = pd.DataFrame(
        {
            "customer_id": "a",
            "month": pd.to_datetime(["2026-03-01", "2026-04-01", "2026-05-01"]),
            "mrr": [1.0, 2.0, 3.0],
        }
    )
    tables = {
        "responses": responses, "tickets": tickets, "usage": daily,
        "customers": customers, "subscriptions": subscriptions,
    }  # fmt: skip
    features, remarks = known_then(tables, asked, "nps", None)
    assert remarks == []
    assert features.iloc[0].to_dict() == {
        "use": 1001.0, "tickets_90d": 2.0, "open_tickets": 2.0, "tenure_days": 10.0, "mrr": 2.0,
        "asked_before": 2.0, "answered_before": 1.0, "score_before": 8.0,
    }  # fmt: skip
    assert features.iloc[1].isna().all()
    monthly = daily.assign(used_on=pd.to_datetime(["2026-05-01", "2026-04-01", "2026-02-01", "2026-01-01"]))
    assert known_then(tables | {"usage": monthly}, asked, "nps", None)[0].loc[0, "use"] == 110.0


def test_tables_that_are_absent_are_named(random_silence: tuple) -> None:
    tables, _ = random_silence
    alone = who_answers({"responses": tables["responses"]}, NOW, compared=False)
    names = ("usage", "tickets", "customers", "subscriptions")
    assert [remark.split()[3] for remark in alone.remarks] == list(names)
    assert set(alone.features["feature"]) <= {"role", "asked_before", "answered_before", "score_before"}
    bare = {"responses": tables["responses"], "tickets": tables["tickets"].drop(columns="customer_id")}
    assert any("customer_id" in remark for remark in who_answers(bare, NOW, compared=False).remarks)


def test_a_column_filled_in_with_the_answer_is_set_aside(random_silence: tuple) -> None:
    tables, _ = random_silence
    responses = tables["responses"].assign(role=lambda t: t["role"].where(t["answered_at"].notna()))
    who = who_answers(tables | {"responses": responses}, NOW, compared=False)
    assert "role" not in set(who.features["feature"])
    assert any(remark.startswith("role was set aside") for remark in who.remarks)


def test_young_invitations_are_not_called_silent(random_silence: tuple) -> None:
    tables, _ = random_silence
    who = who_answers(tables, NOW, compared=False, as_of=pd.Timestamp("2026-05-01"))
    sent = tables["responses"]["sent_at"]
    assert who.invited == ((sent >= NOW.start) & (sent <= "2026-04-17")).sum() < 1600
    assert "fewer than 14 days" in who.remarks[0]


def test_what_cannot_be_known_is_refused(random_silence: tuple) -> None:
    tables, _ = random_silence
    responses = tables["responses"]
    only_answers = responses[responses["score"].notna()]
    with pytest.raises(TableError, match="all of them answered.*answered_at empty"):
        who_answers({"responses": only_answers}, NOW)
    with pytest.raises(TableError, match="none of them with sent_at"):
        who_answers({"responses": only_answers.assign(sent_at=pd.NaT)}, NOW)
    with pytest.raises(TableError, match="no invitation of survey 'csat'"):
        who_answers(tables, NOW, "csat")
    few = responses[responses["score"].isna() | (responses["response_id"].str[-2:] == "07")]
    with pytest.raises(TableError, match="it needs 30 of each"):
        who_answers(tables | {"responses": few}, NOW)
    with pytest.raises(TableError, match="it needs 30 of each"):
        early_and_late(few, NOW)
    with pytest.raises(TableError, match="would pool relational and transactional"):
        who_answers(
            tables | {"responses": responses.assign(kind=np.resize(["relational", "transactional"], len(responses)))},
            NOW,
        )
    with pytest.raises(TableError, match="has no table 'responses'"):
        who_answers({}, NOW)
    with pytest.raises(TableError, match="1-7 scale"):
        who_answers(
            {"responses": responses.assign(score=responses["score"].clip(1, 7), scale_low=1.0, scale_high=7.0)}, NOW
        )
    with pytest.raises(ParameterError, match="Did you mean 'nps'"):
        who_answers(tables, NOW, "np")
    with pytest.raises(ParameterError, match="inverse, classes"):
        who_answers(tables, NOW, method="matching")
    with pytest.raises(ParameterError, match="feature to calibrate on"):
        who_answers(tables, NOW, calibrate=["colour"])
    with pytest.raises(ParameterError, match="net score"):
        who_answers(tables, NOW, top=8)


def test_a_period_before_that_says_nothing_is_remarked_upon(random_silence: tuple) -> None:
    tables, _ = random_silence
    who = who_answers(tables, BEFORE)
    assert who.change is None and who.tipping is None and who.grade in ("weighted differs", "as answered holds")
    assert any(remark.startswith("Not compared with 2025-Q4") for remark in who.remarks)


def test_shares_and_calibration() -> None:
    tables, truth = world(6, on_known=0.9)
    responses = tables["responses"]
    five = responses.assign(
        survey="csat", score=np.select([responses["score"] >= 9, responses["score"] >= 7], [5.0, 3.0], 1.0)
    )
    five["score"] = five["score"].where(responses["score"].notna())
    tables["responses"] = five.assign(scale_low=1.0, scale_high=5.0)
    who = who_answers(tables, NOW, "csat", calibrate=["segment", "region"])
    assert who.unit == "share" and who.kpi["value"].between(0, 1).all()
    joined = tables["responses"].merge(who.weights, on="response_id")
    assert csat(joined, weight="weight").iloc[0]["value"] == pytest.approx(who.kpi.loc[1, "value"])
    segment = joined.merge(tables["customers"], on="customer_id").groupby("segment")["weight"].sum() / len(joined)
    invited = (
        five[five["sent_at"] >= NOW.start]
        .merge(tables["customers"], on="customer_id")["segment"]
        .value_counts(normalize=True)
    )
    assert segment.to_dict() == pytest.approx(invited.to_dict())
    assert who.if_answer_rates(promoter=1, detractor=1).iloc[0]["value"] == pytest.approx(who.kpi.loc[0, "value"])
    good = who.kpi.loc[0, "value"]
    assert who.if_answer_rates(promoter=2, detractor=1).iloc[0]["value"] == pytest.approx(
        good / 2 / (good / 2 + 1 - good)
    )
    known = who_answers(
        tables, NOW, "csat", calibrate=["segment"], totals={"segment": {"Small": 0.9, "Large": 0.1}}, compared=False
    )
    joined = tables["responses"].merge(known.weights, on="response_id").merge(tables["customers"], on="customer_id")
    assert joined.groupby("segment")["weight"].sum()["Small"] / len(joined) == pytest.approx(0.9)


def test_late_answers_speak_for_the_silent() -> None:
    tables, _ = world(7, accounts=600, late=3.0)
    frame = early_and_late(tables["responses"], NOW)
    assert frame["answered"].tolist() == ["early", "late"] and frame["n"].sum() == who_answers(tables, NOW).answered
    assert frame.loc[0, "low"] > frame.loc[1, "high"]
    late = who_answers(tables, NOW).signs.set_index("sign").loc["late answers"]
    everybody = who_answers(tables, NOW).kpi.loc[0, "value"]
    assert late["gap"] == pytest.approx(frame.loc[1, "value"] - everybody) and late["high"] < 0
    assert who_answers(tables, NOW).plausible > (1 - 0.31) * 5 - 1


def test_classes_agree_with_inverse_weights(random_silence: tuple) -> None:
    tables, _ = random_silence
    inverse, classes = (who_answers(tables, NOW, method=m, compared=False) for m in ("inverse", "classes"))
    assert classes.kpi.loc[1, "value"] == pytest.approx(inverse.kpi.loc[1, "value"], abs=4)
    assert classes.shift[0] < -8


def test_rows_in_any_order_on_any_engine_give_the_same(random_silence: tuple) -> None:
    tables, _ = random_silence
    expected = who_answers(tables, NOW)
    shuffled = {name: table.sample(frac=1, random_state=1) for name, table in tables.items()}
    connection = duckdb.connect()
    duck = {name: connection.from_df(table) for name, table in shuffled.items()}
    lazy = {name: pl.from_pandas(table.reset_index(drop=True)).lazy() for name, table in shuffled.items()}
    for engine in (shuffled, duck, lazy):
        mine = who_answers(engine, NOW)
        pd.testing.assert_frame_equal(mine.kpi, expected.kpi, check_dtype=False)
        pd.testing.assert_frame_equal(mine.signs, expected.signs, check_dtype=False)
        pd.testing.assert_frame_equal(mine.features, expected.features, check_dtype=False)
        assert mine.grade == expected.grade and mine.plausible == pytest.approx(expected.plausible)
        assert (
            early_and_late(engine["responses"], NOW)["value"] == early_and_late(tables["responses"], NOW)["value"]
        ).all()


@pytest.mark.slow
def test_verdicts_are_taken_back_where_only_answering_changed_and_kept_where_it_did_not() -> None:
    steady = dict.fromkeys((BEFORE.label, NOW.label), {"promoter": 0.42, "passive": 0.27, "detractor": 0.32})
    taken, kept = [], []
    for seed in range(20):
        for found, options in ((taken, {"rates": rising_answers()}), (kept, {"rates": steady, "rise": 0.5})):
            who = who_answers(world(seed, accounts=500, **options)[0], NOW)
            if who.change["verdict"].iloc[0] == "moved up":
                found.append(who.grade == "cannot tell")
    assert len(taken) == 20 and np.mean(taken) >= 0.9
    assert len(kept) >= 18 and np.mean(kept) <= 0.25


def test_the_scorecards_change_is_the_one_judged(random_silence: tuple) -> None:
    tables, _ = random_silence
    responses = tables["responses"]
    theirs = compare(*(nps(responses, period, cluster="customer_id") for period in (NOW, BEFORE)), 3)
    mine = who_answers(tables, NOW).change
    pd.testing.assert_frame_equal(theirs, mine, check_dtype=False)
