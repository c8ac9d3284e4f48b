"""The programme's own lists of the sample company, kept by hand: ratings of maturity, goals, promises to act."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import truths
from cxlab.demo.draws import pick, quarter_days, stream
from cxlab.demo.shapes import iso, write_delimited
from cxlab.demo.stains import pad


def write_maturity(seed: int, path: Path) -> Path:
    """Write maturity ratings, twice a year by four groups; executives see the company higher than the front line."""
    rng = stream(seed, "maturity")
    level = {"executives": truths.MATURITY_GAP, "managers": 0.4, "cx team": 0.2, "front line": 0.0}
    elements = {"strategy": 2.6, "listening": 2.9, "measures": 2.5, "journeys": 2.1, "action": 1.9, "culture": 2.3}
    rows = []
    for wave, quarter in enumerate(truths.QUARTERS[1::2]):
        day = iso(quarter_days(quarter)[0] + np.arange(40, 44))[0][:10]
        for group, above in level.items():
            for rater in range(7):
                for element, base in elements.items():
                    rating = np.clip(round(base + above + truths.MATURITY_STEP * wave + rng.normal(0, 0.7)), 1, 5)
                    rows.append((day, element, str(int(rating)), group, f"{group[:2].upper()}{rater + 1}"))
    return write_delimited(path, pd.DataFrame(rows, columns=["date", "element", "level", "group", "rater"]))


def write_targets(path: Path) -> Path:
    """Write the goals for 2026, for the company and for regions, values in the KPI's unit, and what is wrong with some.

    Wrong on purpose: one has no baseline, one no period, one asks for a change nobody could see, one is in percent.
    """
    rows = [
        ("nps", "32", "27", "2026", "", "Chief customer officer"),
        ("csat", "0.80", "0.78", "2026", "", "Head of support"),
        ("ces", "0.72", "0.68", "2026", "", "Head of support"),
        ("response_rate", "0.35", "0.34", "2026", "", "CX team"),
        ("first_response_time", "2.5", "2.7", "2026", "", "Head of support"),
        ("resolution_time", "36", "38", "2026", "", "Head of support"),
        ("sla_met", "0.75", "0.69", "2026", "", "Head of support"),
        ("reopen_rate", "0.05", "", "2026", "", "Head of support"),
        ("retention_rate", "0.97", "0.96", "2026", "", "Head of sales"),
        ("net_revenue_retention", "1.00", "0.98", "2026", "", "Head of sales"),
        ("gross_revenue_retention", "0.96", "0.95", "2026", "", "Head of sales"),
        *(
            ("nps", goal, baseline, "2026-Q3", region, f"Regional lead, {region}")
            for region, goal, baseline in zip(
                truths.REGIONS, ("34", "28", "36", "30"), ("27", "18", "28", "20"), strict=True
            )
        ),
        ("csat", "0.80", "0.72", "", "DACH", "Regional lead, DACH"),
        ("csat", "0.75", "0.745", "2026-Q4", "Iberia & LatAm", "Regional lead, Iberia & LatAm"),
        ("response_rate", "35", "0.33", "2026-Q4", "UK & Nordics", "Regional lead, UK & Nordics"),
    ]
    columns = ["kpi", "value", "baseline", "period", "region", "owner"]
    return write_delimited(path, pd.DataFrame(rows, columns=columns))


def write_actions(seed: int, path: Path) -> Path:
    """Write the ledger of promises: the two planted ones and others on which nothing is planted."""
    rng = stream(seed, "actions")
    columns = "action_id started_on kpi region team moment owner topic expected finished_on".split()
    planted = [
        (
            action["action_id"],
            action["started_on"].isoformat(),
            action["kpi"],
            action["region"],
            "",
            action["moment"],
            "Head of support",
            "slow support",
            expected,
            "",
        )
        for action, expected in (
            (truths.WORKING_ACTION, "Evening and weekend cover lifts CSAT after tickets"),
            (truths.IDLE_ACTION, "New e-mail templates lift CSAT after tickets"),
        )
    ]
    others = [
        (
            "A-01",
            "2024-03-04",
            "ces",
            "",
            "",
            "onboarding done",
            "Head of onboarding",
            "onboarding help",
            "Guided set-up lowers effort",
            "2024-09-30",
        ),
        (
            "A-02",
            "2024-06-17",
            "retention_rate",
            "DACH",
            "",
            "",
            "Head of sales",
            "price",
            "Two-year price promise",
            "2025-01-31",
        ),
        (
            "A-03",
            "2024-10-07",
            "first_response_time",
            "",
            "Cedar",
            "",
            "Head of support",
            "slow support",
            "Triage desk",
            "2025-03-31",
        ),
        (
            "A-04",
            "2025-02-03",
            "nps",
            "Iberia & LatAm",
            "",
            "",
            "Regional lead",
            "documentation",
            "Help pages in Spanish",
            "2025-06-30",
        ),
        (
            "A-05",
            "2025-05-12",
            "nps",
            "",
            "Dogwood",
            "",
            "Chief customer officer",
            "helpful people",
            "Coaching for the team",
            "",
        ),
        (
            "A-06",
            "2025-09-01",
            "churn_rate",
            "",
            "",
            "renewal decided",
            "Head of sales",
            "price",
            "Renewal call 90 days ahead",
            "",
        ),
        ("A-09", "2026-07-06", "nps", "", "", "", "Head of product", "slow reports", "New report engine", ""),
        ("A-10", "2026-08-17", "nps", "", "", "", "Head of product", truths.NEW_TOPIC, "Answers with sources", ""),
    ]
    table = pd.DataFrame(sorted(planted + others), columns=columns)
    table["owner"] = pad(rng, table["owner"], 0.2)
    table["budget"] = pick(rng, ("5,000", "12,000", "40,000"), (1, 1, 1), len(table))
    return write_delimited(path, table)
