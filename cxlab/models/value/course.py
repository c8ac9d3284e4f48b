"""The course of repeat purchases over time: what came and what the model expects, of all customers known at a day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.models.value import checks
from cxlab.models.value.engines import Engine, told
from cxlab.models.value.fitting import Array
from cxlab.models.value.ledger import Ledger
from cxlab.models.value.opportunities import Opportunities

_YEAR = pd.Timedelta(days=365)


def course(book: Ledger, engine: Engine, histories: pd.DataFrame, moments: pd.DatetimeIndex) -> tuple[Array, Array]:
    """Repeat purchases of these customers up to the end of each day: as they came, and as a model of new customers has
    it.

    Purchases after as_of count as well, where the ledger has them.
    """
    rows = book.days[book.days["customer_id"].isin(histories.index)]
    repeats = np.sort(rows[rows.duplicated("customer_id")]["day"].to_numpy("datetime64[us]"))
    actual = np.searchsorted(repeats, moments.to_numpy("datetime64[us]"), side="right").astype(float)
    _, _, T, _ = told(histories)
    joined, customers = np.unique(np.round(T.max() - T, 6), return_counts=True)
    start = histories["first_day"].min()
    times = np.array([book.length(start, moment) for moment in moments])
    lengths = np.round(np.maximum(times[:, None] - joined[None, :], 0.0), 6)
    unique, place = np.unique(lengths, return_inverse=True)
    expected = engine.process.expected_new(unique)[np.ravel(place)].reshape(lengths.shape)
    return actual, expected @ customers


def seasons(book: Ledger, engine: Engine, histories: pd.DataFrame) -> checks.Row:
    """Whether months of the year differ from the model; not to be seen in less than a year, or at opportunities."""
    start = histories["first_day"].min()
    if book.as_of - start < _YEAR or isinstance(book, Opportunities):
        return checks.span(book)
    ends = pd.date_range(start, book.as_of, freq="ME")
    if len(ends) < 3:
        return checks.span(book)
    actual, expected = course(book, engine, histories, ends)
    # The first month has no month before it to be told from.
    return checks.seasons(pd.Series(ends.month[1:]), np.diff(actual), np.diff(expected))
