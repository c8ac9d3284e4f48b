"""Features: taken up month by month, by those whose plan has them, and asked for by others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.demo import truths

pytestmark = pytest.mark.slow


def months(dates: pd.Series) -> pd.Series:
    """Months since year 0."""
    return dates.dt.year * 12 + dates.dt.month


@pytest.fixture(scope="module")
def usage(company: object) -> pd.DataFrame:
    """Use with the account's plan and the months since that of signing."""
    table = company.usage()
    account = company.accounts().reindex(table["account"])
    table = table.assign(plan=account["Plan"].to_numpy(), signed=account["Signed"].to_numpy())
    return table.assign(since=months(table["month"]) - months(table["signed"]))


@pytest.fixture(scope="module")
def rights(company: object) -> pd.DataFrame:
    """Entitlements of known accounts, once, with `used`: in the last quarter."""
    table = pd.read_csv(company.raw / "billing/entitlements.csv", sep=";", dtype=str, keep_default_na=False)
    table = table[table["Customer no."].isin(company.accounts().index)].drop_duplicates()
    table["may"] = table["Entitled"].str.lower().isin(["yes", "true", "1"])
    table["asked"] = table["Requested on"] != ""
    use = company.usage()
    late = use[(use["month"] >= "2026-07-01") & (use["value"] > 0)]
    used = pd.MultiIndex.from_frame(late[["account", "feature"]].drop_duplicates())
    table["used"] = pd.MultiIndex.from_frame(table[["Customer no.", "Feature"]]).isin(used)
    return table


def test_the_export_stays_small(usage: pd.DataFrame) -> None:
    assert len(usage) < 400_000
    assert not usage.duplicated(["account", "month", "feature"]).any()


def test_breadth_grows_in_the_first_year_and_not_after(usage: pd.DataFrame) -> None:
    there = usage[usage["feature"] == "sign-ins"]
    count = usage[usage["feature"].isin(truths.ADOPTED)].groupby(["account", "month"]).size()
    breadth = count.reindex(pd.MultiIndex.from_frame(there[["account", "month"]])).fillna(0).to_numpy()
    for since in (1, 3, 6, 9, 12, 24):
        mine = breadth[(there["since"] == since).to_numpy()]
        assert abs(mine.mean() - truths.breadth(since)) < 3 * mine.std() / len(mine) ** 0.5
    assert truths.breadth(24) == truths.breadth(12) > 2 * truths.breadth(1)


def test_the_plan_has_no_say_in_what_everybody_may_use(usage: pd.DataFrame) -> None:
    last = usage[(usage["month"] == usage["month"].max()) & (usage["since"] >= 12)]
    accounts = last[last["feature"] == "sign-ins"].set_index("account")["plan"]
    count = last[last["feature"].isin(truths.ADOPTED)].groupby("account").size().reindex(accounts.index).fillna(0)
    for _, mine in count.groupby(accounts):
        assert abs(mine.mean() - truths.breadth(12)) < 3 * mine.std() / len(mine) ** 0.5


def test_nobody_uses_what_the_plan_does_not_have(usage: pd.DataFrame, rights: pd.DataFrame) -> None:
    for feature, plans in truths.ENTITLED.items():
        assert set(usage.loc[usage["feature"] == feature, "plan"]) <= set(plans)
    assert not rights.loc[~rights["may"], "used"].any()
    assert set(rights["Feature"]) == set(truths.ENTITLED)
    for feature, mine in rights.groupby("Feature"):
        assert (mine["Plan"].isin(truths.ENTITLED[feature]) == mine["may"]).all()


def test_entitlements_are_those_of_active_accounts(company: object, rights: pd.DataFrame) -> None:
    accounts = company.accounts()
    assert set(rights["Customer no."]) == set(accounts.index[accounts["Closed"].isna()])
    assert (rights.groupby("Customer no.").size() == len(truths.ENTITLED)).all()


def test_the_stated_share_of_what_they_may_is_used(company: object, rights: pd.DataFrame) -> None:
    assert rights.loc[rights["may"], "used"].mean() == pytest.approx(truths.ENTITLEMENTS_USED, abs=0.012)
    for feature, share in truths.ENTITLED_USED.items():
        mine = rights[(rights["Feature"] == feature) & rights["may"]]
        assert abs(mine["used"].mean() - share) < 3 * (share * (1 - share) / len(mine)) ** 0.5
    accounts = company.accounts()
    signed = months(accounts["Signed"])
    now = 2026 * 12 + 9
    share = rights[rights["may"]].groupby("Customer no.")["used"].mean()
    share = share[(signed.reindex(share.index) < now - 3)]  # a whole quarter of use
    truth = [truths.entitled_share(accounts.loc[name, "Plan"], now - signed[name]) for name in share.index]
    assert abs(share.mean() - np.mean(truth)) < 3 * (share - truth).std() / len(share) ** 0.5


def test_features_are_asked_for_as_stated(rights: pd.DataFrame) -> None:
    for feature, share in truths.ASKED.items():
        for may, expected in ((False, share), (True, truths.ASKED_AND_GOT)):
            asked = rights.loc[(rights["Feature"] == feature) & (rights["may"] == may), "asked"]
            assert abs(asked.mean() - expected) < 3 * (expected * (1 - expected) / len(asked)) ** 0.5
    assert set(rights.loc[rights["asked"], "Feature"]) == set(truths.ASKED)
    assert rights.loc[~rights["may"], "asked"].mean() == pytest.approx(truths.ASKED_WITHOUT, abs=0.02)
    asked_on = pd.to_datetime(rights.loc[rights["asked"], "Requested on"], format="%d.%m.%Y")
    assert asked_on.between("2025-10-01", "2026-09-30").all()
