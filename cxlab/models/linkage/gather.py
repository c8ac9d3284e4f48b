"""From tables to a panel: scores of the last 90 days, what is known besides, and what the money did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cxlab.errors import ParameterError, TableError
from cxlab.models.columns import FLAG, NUMBER, understand
from cxlab.models.linkage.grades import DESIGNS
from cxlab.models.linkage.money import before_scores, money_frames
from cxlab.models.linkage.panel import LEFT, Measure, Panel
from cxlab.models.linkage.scores import ANSWERED, Answers, placed, score_measures
from cxlab.periods import Period
from cxlab.stats.counting import columns_of

#: Families that a score is adjusted for as they are; of money only when the contract ends, because what was paid is
#: the outcome's own past, and nothing of what was asked.
_BESIDE = ("who", "use", "support", "journey")
_OF_MONEY = ("months_to_renewal", "renewal_due")
_SIZES = ("seats", "licences", "users", "employees", "n_seats", "n_users", "paid_before", "size")
#: More is worse with these, fewer with all else of use; elsewhere nobody can say.
_WORSE = ("support",)
#: The use of a single feature is a part of the use that is told anyway.
_PARTS = "use_of_"


def snapshots_of(tables: Mapping[str, Any], periods: Sequence[Period]) -> Any:
    """cx.snapshots of periods that lie one after the other. Raises ParameterError, TableError."""
    from cxlab.models.snapshots import snapshots

    if not periods or not all(isinstance(period, Period) for period in periods):
        raise ParameterError('periods: give a list such as cx.Period.of("2026-Q3").trail(8).')
    taken = snapshots(tables, list(periods))
    if not taken.dated:
        columns = columns_of(nw.from_native(tables["customers"]))
        lacking = [name for name in ("signed_on", "closed_on") if name not in columns]
        raise TableError(
            "the customers table does not say when accounts signed or left, so nothing can be told that came after a "
            f"score. It takes {' and '.join(lacking)}."
        )
    return taken


def score_panel(
    tables: Mapping[str, Any],
    periods: Sequence[Period],
    measures: Sequence[str] | None = None,
    *,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    designs: Mapping[str, str] | None = None,
    snapshots: Any = None,
) -> Panel:
    """Rows account by period (those there when it began): scores of the 90 days before, controls, outcomes.

    measures: surveys to link, or columns of the customers table that somebody assigned (then `designs` says how); by
    default every survey that was answered. Raises TableError where nobody answered anything.
    """
    taken = snapshots_of(tables, periods) if snapshots is None else snapshots
    customer, label = taken.customer.reset_index(drop=True), taken.period.astype(str).reset_index(drop=True)
    assigned = _assigned(taken, designs or {})
    answers = _answers(tables, options)
    named = [name for name in measures or () if name not in assigned]
    wanted = named if measures is not None else ([] if answers is None else answers.available())
    found = score_measures(wanted)
    if not found and not assigned:
        raise TableError(
            "nobody has answered a question that can be linked: the responses hold no score of a customer."
        )
    chosen = {period.label: period for period in periods}
    values, earlier = {}, {}
    for name in found:
        if answers is None:
            raise TableError("there is no table of responses, so there is no score to follow.")
        values[name] = placed(answers.points(name, {key: each.start for key, each in chosen.items()}), customer, label)
        back = {key: before_scores(each).start for key, each in chosen.items()}
        earlier[name] = placed(answers.points(name, back), customer, label)
    for name in assigned:
        values[name] = pd.to_numeric(taken.features[name]).to_numpy(float)
    remarks = [*taken.remarks, *(answers.remarks if answers else ())]
    return _panel(tables, taken, chosen, found | assigned, values, earlier, remarks)


def _answers(tables: Mapping[str, Any], options: Mapping[str, Mapping[str, Any]] | None) -> Answers | None:
    responses = tables.get("responses")
    return None if responses is None else Answers(responses, options)


def _assigned(taken: Any, designs: Mapping[str, str]) -> dict[str, Measure]:
    made = {}
    for name, design in designs.items():
        if design not in DESIGNS:
            raise ParameterError.unknown("design", design, DESIGNS)
        if name not in taken.features:
            raise ParameterError.unknown("column of the customers table", name, taken.features.columns)
        words = taken.meaning.get(name, name)
        made[name] = Measure(name, words, 1.0, "with against without", "neither", family="who", design=design)
    return made


def _panel(
    tables: Mapping[str, Any],
    taken: Any,
    chosen: Mapping[str, Period],
    measures: Mapping[str, Measure],
    values: Mapping[str, np.ndarray],
    earlier: Mapping[str, np.ndarray],
    remarks: Sequence[str],
) -> Panel:
    customer, label = taken.customer.reset_index(drop=True), taken.period.astype(str).reset_index(drop=True)
    money, past, paid = money_frames(tables.get("subscriptions"), chosen, customer, label)
    features = taken.features.reset_index(drop=True)
    families = {name: family for name, family in taken.families.items() if name in features}
    kept = [name for name in features if families.get(name) in _BESIDE or name in _OF_MONEY]
    controls = features[kept]
    if paid["paid_before"].notna().any():
        controls = controls.assign(paid_before=np.log(paid["paid_before"].where(paid["paid_before"] > 0)))
        families["paid_before"] = "who"
    place = {name: at for at, name in enumerate(chosen)}
    understood = understand(controls, "the link") if len(controls.columns) and len(controls) else None
    known = understood.kinds if understood else {}
    return Panel(
        customer=customer,
        period=label,
        order=label.map(place).to_numpy(np.int64),
        values=pd.DataFrame(dict(values), index=customer.index),
        outcomes=money.assign(**{LEFT: taken.left.to_numpy(float)}),
        past=past,
        controls=understood,
        measures=dict(measures),
        earlier=pd.DataFrame(dict(earlier), index=customer.index),
        families=families,
        meaning={**taken.meaning, "paid_before": "what it paid half a year before"},
        size=next((name for name in _SIZES if name in known), ""),
        worth=paid["start"],
        remarks=list(remarks),
    )


def signal_panel(
    tables: Mapping[str, Any],
    periods: Sequence[Period],
    *,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    snapshots: Any = None,
) -> Panel:
    """All that is known of the last 90 days as measures: scores, answering or not, use, tickets, steps of the journey.

    Scores are in points as in `score_panel`; everything else is told for one ordinary step, a standard deviation, and
    flags for yes against no.
    """
    taken = snapshots_of(tables, periods) if snapshots is None else snapshots
    customer, label = taken.customer.reset_index(drop=True), taken.period.astype(str).reset_index(drop=True)
    chosen = {period.label: period for period in periods}
    answers = _answers(tables, options)
    moments = {key: each.start for key, each in chosen.items()}
    measures: dict[str, Measure] = score_measures(answers.available()) if answers else {}
    values = {name: placed(answers.points(name, moments), customer, label) for name in measures} if answers else {}
    share = answers.answering(moments) if answers else pd.DataFrame()
    if len(share):
        values[ANSWERED] = placed(share, customer, label)
        measures[ANSWERED] = Measure(ANSWERED, "Answers its surveys", 1.0, "all against none", asked=True)
    passive = [
        name
        for name in taken.features
        if taken.families.get(name) in ("use", "support", "journey") and not name.startswith(_PARTS)
    ]
    if passive:
        seen = understand(taken.features[passive].reset_index(drop=True), "the link")
        for name in seen.of_kind(NUMBER, FLAG):
            numbers = seen.frame[name].to_numpy(float)
            is_flag = seen.kinds[name] == FLAG
            step = 1.0 if is_flag else float(np.nanstd(numbers))
            family = taken.families[name]
            words = taken.meaning.get(name, name)
            better = "down" if family in _WORSE else "up" if family == "use" else "neither"
            said = "yes against no" if is_flag else "one ordinary step"
            measures[name] = Measure(name, words[:1].upper() + words[1:], step, said, better, family=family)
            values[name] = numbers
    if not measures:
        raise TableError("nothing was measured in the 90 days before: there are no scores, no tickets and no use.")
    remarks = [*taken.remarks, *(answers.remarks if answers else ())]
    return _panel(tables, taken, chosen, measures, values, {}, remarks)
