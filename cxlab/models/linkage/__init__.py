"""Score and money: what follows a score, how sure one can be, and what the asking adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cxlab.models.linkage.asking import Asking, asking_adds, asking_of
from cxlab.models.linkage.gather import score_panel, signal_panel
from cxlab.models.linkage.grades import evidence
from cxlab.models.linkage.links import Links, link
from cxlab.periods import Period

__all__ = ["Asking", "Links", "asking_adds", "evidence", "revenue_measures", "score_to_money", "value_of_asking"]

#: A measure of use is not adjusted for other measures of use: nothing of it would be left. All stand on one footing.
_PASSIVE = ("use", "support", "journey")


def score_to_money(
    tables: Mapping[str, Any],
    periods: Sequence[Period],
    measures: Sequence[str] | None = None,
    *,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    designs: Mapping[str, str] | None = None,
    snapshots: Any = None,
) -> Links:
    """What follows the scores of the 90 days before a period: leaving, growth, revenue; raw, adjusted, checked, graded.

    tables: canonical table -> frame of any engine (customers with signed_on and closed_on, responses; subscriptions for
    money; usage, tickets and the rest to adjust by). periods: one after the other, such as
    cx.Period.of("2026-Q3").trail(8); each account that was there when a period began is a row of it. measures: surveys
    (default: all that were answered). options: KPI -> options, as [scores] in cxlab.toml ({"csat": {"top": 8}}).
    designs: columns of the customers table that somebody assigned -> "randomised" or "quasi-experiment"; these alone
    can reach grade A or B. snapshots: of the same periods, where they have been taken already.

    Effects are least squares with a bend where the data want one, fixed effects of the period and standard errors by
    account; q over all rows. See `Links.table` for the columns and `grades.graded` for what a grade takes. Raises
    TableError where dates or answers are not there, ParameterError.
    """
    return link(score_panel(tables, periods, measures, options=options, designs=designs, snapshots=snapshots))


def revenue_measures(
    tables: Mapping[str, Any],
    periods: Sequence[Period],
    *,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    snapshots: Any = None,
) -> Links:
    """Which measures of the last 90 days come before booked revenue and leaving: scores, answers, use, tickets, steps.

    As `score_to_money`, but every measure is adjusted for who the customer is alone, so that all stand on one footing:
    what precedes money need not be worth anything beside the others. `evidence(row)` says evidence, weak or none.
    """
    return link(signal_panel(tables, periods, options=options, snapshots=snapshots), without=_PASSIVE)


def value_of_asking(
    tables: Mapping[str, Any],
    periods: Sequence[Period],
    *,
    seed: int = 0,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    snapshots: Any = None,
) -> Asking:
    """What all answers of the last 90 days add, out of time, to what use, tickets, tenure and the like foretell.

    Every account counts, answered or not. Raises as `score_to_money`, and ParameterError where nobody was asked.
    """
    return asking_of(signal_panel(tables, periods, options=options, snapshots=snapshots), seed)
