"""The sample company built once, and its raw exports read with plain pandas: no loader stands between."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlab.demo import build, truths


class Raw:
    """Raw exports below one project root, each read once as text. Tests take copies before they change a frame."""

    def __init__(self, root: Path) -> None:
        self.root, self.raw = root, root / "data" / "raw"

    def nps_file(self, quarter: str) -> pd.DataFrame:
        """One Qualtrics export without its second and third header row."""
        path = self.raw / f"surveys/nps_{quarter}.csv"
        return pd.read_csv(path, skiprows=[1, 2], dtype=str, keep_default_na=False, encoding="utf-8-sig")

    @functools.cache  # noqa: B019 - one object a session
    def nps(self) -> pd.DataFrame:
        """Invitations of all quarters that a careful reader keeps; x is 1, 0, -1 or missing; quarter as label."""
        parts = [self.nps_file(quarter).assign(quarter=quarter) for quarter in truths.QUARTERS]
        table = pd.concat(parts, ignore_index=True)
        table = table[table["Status"] == "IP Address"].drop_duplicates("ResponseId")
        table["score"] = pd.to_numeric(table["Q1"])
        table["answered_at"] = pd.to_datetime(table["EndDate"], errors="coerce")
        off_scale = (table["score"] > 10) | (table["score"] < 0)
        undated = table["answered_at"].isna() & (table["EndDate"] != "")
        table = table[~off_scale & ~undated & (table["Segment"] != "")].reset_index(drop=True)
        for column in ("Region", "Team"):
            table[column] = table[column].str.strip()
        score = table["score"]
        table["x"] = np.where(score.isna(), np.nan, (score >= 9).astype(float) - (score <= 6).astype(float))
        rates = {1.0: truths.ANSWERS["promoter"], 0.0: truths.ANSWERS["passive"], -1.0: truths.ANSWERS["detractor"]}
        table["weight"] = 1 / table["x"].map(rates)
        return table

    @functools.cache  # noqa: B019 - one object a session
    def accounts(self) -> pd.DataFrame:
        """The CRM sheet without footers, duplicates and impossible rows."""
        table = pd.read_excel(self.raw / "crm/accounts.xlsx", header=1)
        table = table[table["Status"].notna() & ~table["Account ID"].str.startswith("NG-8")]
        table = table.drop_duplicates("Account ID")
        table["Signed"], table["Closed"] = pd.to_datetime(table["Signed"]), pd.to_datetime(table["Closed"])
        return table.set_index("Account ID")

    @functools.cache  # noqa: B019 - one object a session
    def ticket_files(self) -> list[pd.DataFrame]:
        """Both help desk exports as text, the earlier first."""
        return [
            pd.read_csv(
                self.raw / f"helpdesk/tickets_{name}_2025-07.csv",
                sep=";",
                encoding="cp1252",
                dtype=str,
                keep_default_na=False,
                skip_blank_lines=False,
            )
            for name in ("until", "since")
        ]

    @functools.cache  # noqa: B019 - one object a session
    def tickets(self) -> pd.DataFrame:
        """Every good ticket once, in its latest state, with times parsed."""
        table = pd.concat(self.ticket_files(), ignore_index=True)
        table = table[(table["Ticket ID"] != "") & ~table["Ticket ID"].str.startswith("X-")]
        for column in ("Opened", "First response", "Resolved", "Closed", "SLA due", "Last update"):
            table[column] = pd.to_datetime(table[column], format="%d.%m.%Y %H:%M")
        return table.sort_values("Last update", kind="stable").drop_duplicates("Ticket ID", keep="last")

    @functools.cache  # noqa: B019 - one object a session
    def transactional(self) -> pd.DataFrame:
        """Good rows of the SurveyMonkey sheet, with csat, ces and answered_at."""
        table = pd.read_excel(self.raw / "surveys/transactional.xlsx", header=0, skiprows=[1], dtype=object)
        table = table.rename(columns={table.columns[-3]: "csat", table.columns[-2]: "ces"})
        table = table.drop_duplicates("Respondent ID")
        table["csat"], table["ces"] = table["csat"].astype(float), table["ces"].astype(float)
        table["answered_at"] = pd.to_datetime(table["End Date"], format="%m/%d/%Y %I:%M:%S %p")
        table["team"] = table["team"].str.strip()
        return table[table["csat"].between(1, 5)].reset_index(drop=True)

    @functools.cache  # noqa: B019 - one object a session
    def milestones(self) -> pd.DataFrame:
        """Steps of journeys with times parsed, every step once."""
        lines = (self.raw / "delivery/milestones.jsonl").read_text(encoding="utf-8").splitlines()
        table = pd.DataFrame([json.loads(line) for line in lines]).drop_duplicates()
        for column in ("started", "due", "reached"):
            table[column] = pd.to_datetime(table[column])
        return table[table["step"] != "webhooks"]

    @functools.cache  # noqa: B019 - one object a session
    def usage(self) -> pd.DataFrame:
        """Monthly use, every row once."""
        return pd.read_parquet(self.raw / "product/usage.parquet").drop_duplicates()


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Raw:
    """The sample company at its default size."""
    root = tmp_path_factory.mktemp("northgate")
    build(root)
    return Raw(root)


@pytest.fixture(scope="session")
def nps(company: Raw) -> pd.DataFrame:
    """What Raw.nps returns."""
    return company.nps()
