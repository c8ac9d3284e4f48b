"""Explain churn in one call: read, leave out what is said twice, plan the folds, learn, and look for pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.errors import ParameterError
from cxlab.models.churn import alarms as alarming
from cxlab.models.churn.copies import Copies, find_copies
from cxlab.models.churn.doubles import Reduced, reduce
from cxlab.models.churn.folds import Plan, codes, plan
from cxlab.models.churn.labels import Labels, read_labels
from cxlab.models.churn.leaks import find_leaks
from cxlab.models.churn.model import Churn
from cxlab.models.churn.readable import CrossFitted, Readable, cross_fit, cross_search, learn, search
from cxlab.models.churn.recalibration import PLAIN, Recalibration, recalibrated
from cxlab.models.churn.scores import Rated, gain
from cxlab.models.churn.threads import one_thread
from cxlab.models.columns import Columns, as_pandas, understand

_WHAT = "explain_churn"


def explain_churn(
    features: Any,
    left: Any,
    seed: int = 0,
    *,
    groups: Any = None,
    times: Any = None,
    meaning: Mapping[str, str] | None = None,
    families: Mapping[str, str] | None = None,
) -> Churn:
    """What goes with leaving, and how well it can be foretold.

    `features`: a frame of any engine with a row a customer, or a customer and snapshot; numbers, flags and text.
    `left`: who left, one a row: booleans, 0 and 1, or yes and no. `groups` names the customer of each row where one has
    several; `times` the snapshot, whose labels sort in time: then the model is tested on later ones than it learned
    from. `meaning` and `families` describe columns for a reader.

    The model is additive: a penalised spline a number, an effect a level, in a logistic regression; pairs of features
    that act together are added where unseen customers confirm them. Nothing is resampled. Raises ParameterError for
    features or labels that cannot be used, and where fewer than 30 customers left or stayed.
    """
    given = as_pandas(features, _WHAT)
    labels = read_labels(left, given.index)
    columns = understand(given.reset_index(drop=True), _WHAT)
    numbering = alarming.running_numbers(columns.frame, columns.kinds)
    kinds = {name: kind for name, kind in columns.kinds.items() if name not in numbering}
    _check_features(kinds, columns, numbering)
    known = labels.known
    group, time = (
        None if each is None else codes(each, len(given), name)[known]
        for each, name in ((groups, "groups"), (times, "times"))
    )
    with one_thread():
        copies = find_copies(columns.frame.loc[known, list(kinds)])
        reduced = reduce(columns.frame[list(kinds)], kinds)
        who = labels.left[known]
        chosen = plan(who, seed, group, time, copies.code if copies.are_many and time is None else None)
        frame = reduced.frame[known]
        leaks = find_leaks(columns.frame[known], kinds, who)
        model, fitted, additive, tests, told = _readable(frame, reduced.kinds, who, chosen)
        recalibration = recalibrated(fitted.chance, who, chosen)[1]
    rows, rarer = chosen.tested, int(min(who.sum(), (~who).sum()))
    auc = Rated.of(who[rows], fitted.chance[rows]).auc
    told += alarming.remarks(auc, bool(leaks) or copies.are_many, rarer, len(reduced.kinds))
    return Churn(
        columns,
        reduced,
        labels,
        chosen,
        model,
        fitted,
        recalibration,
        copies,
        seed,
        dict(meaning or {}),
        dict(families or {}),
        given.index,
        None if times is None else np.asarray(times, dtype=object),
        additive,
        tests,
        numbering,
        leaks,
        _remarks(labels, columns, reduced, copies, chosen, recalibration, who) + told,
    )


def _check_features(kinds: Mapping[str, str], columns: Columns, numbering: Sequence[str]) -> None:
    if not kinds:
        aside = [f"{row.column}: {row.why}" for row in columns.set_aside.itertuples()]
        why = "; ".join(aside + [f"{name}: it numbers the rows" for name in numbering])
        raise ParameterError(f"{_WHAT}: no column can be used ({why}). Give features that differ between customers.")


def _readable(
    frame: pd.DataFrame, kinds: Mapping[str, str], left: NDArray[np.bool_], chosen: Plan
) -> tuple[Readable, CrossFitted, CrossFitted | None, pd.DataFrame, list[str]]:
    """The additive model, with pairs where they are found in all rows and help with unseen ones."""
    model = learn(frame, kinds, left, cluster=chosen.cluster)
    fitted = cross_fit(frame, kinds, left, chosen, model.pulls)
    whole, tests = search(frame, kinds, left, model)
    if whole is model:
        return model, fitted, None, tests, []
    paired = cross_search(frame, kinds, left, chosen, fitted)
    rows = chosen.tested
    new, old = (Rated.of(left[rows], each.chance[rows], chosen.code_of(rows)) for each in (paired, fitted))
    if gain(new, old)[1] <= 0:
        named = "; ".join(" and ".join(pair) for pair in whole.design.names)
        return (
            model,
            fitted,
            None,
            tests.iloc[:0],
            [f"{named} seemed to act together, but that did not help with unseen customers: the model stays additive."],
        )
    if chosen.cluster is not None:
        whole = learn(frame, kinds, left, whole.design.names, whole.pulls, chosen.cluster, bent=whole.design.bent)
    return whole, paired, fitted, tests, []


def _remarks(
    labels: Labels,
    columns: Columns,
    reduced: Reduced,
    copies: Copies,
    chosen: Plan,
    recalibration: Recalibration,
    left: NDArray[np.bool_],
) -> list[str]:
    """What a reader should know, in the order in which it was done."""
    said = [*labels.remarks, *columns.remarks]
    said += [f"{row.column} is set aside: {row.why}." for row in columns.set_aside.itertuples()]
    said += reduced.remarks
    if copies.exact and not copies.are_many:
        said.append(f"{copies.exact:,} of {len(left):,} rows equal another in every column; so few happen to be alike.")
    if left.mean() > 0.5:
        said.append(f"{100 * left.mean():.0f} % left, more than stayed: see that the label is the right way round.")
    said.append(f"How it was tried: {chosen.how}.")
    said += chosen.remarks
    if recalibration != PLAIN:
        said.append(
            f"On unseen customers the chances were too {'bold' if recalibration.slope < 1 else 'timid'}; their log "
            f"odds were taken times {recalibration.slope:.2f}."
        )
    return said
