"""What stands behind the measures of a pack: one module a pack, each with its pieces, findings and question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from cxlab.errors import CxlabError
from cxlab.kpis.clocks import honest_clock
from cxlab.kpis.dictionary import definition
from cxlab.report.html import say
from cxlab.stats.counting import collect, columns_of

if TYPE_CHECKING:
    from cxlab.report.pages.review import Review

# A pack's module has the name of the pack, and may have: pieces, findings (lists), headline, question (texts).
_CLOCK_COLUMNS = ["kpi", "period", "value", "low", "high", "closed_only", "open", "n"]


def pieces(page: Review) -> list[Any]:
    """What to show for the page's pack, one under the other."""
    return _ask(page, "pieces") or [say("There is nothing more behind these measures.")]


def findings(page: Review) -> list[dict[str, object]]:
    """Findings of the pack's own, beside what moved."""
    return _ask(page, "findings") or []


def headline(page: Review) -> str:
    """The sentence for a pack whose measures say nothing themselves."""
    return _ask(page, "headline") or ""


def question(page: Review) -> str:
    """The pack's own question for the meeting; empty for none."""
    return _ask(page, "question") or ""


def _ask(page: Review, name: str) -> Any:
    module: ModuleType = import_module(f"{__name__}.{page.pack}")
    function: Callable[[Review], Any] | None = getattr(module, name, None)
    try:
        return None if function is None else function(page)
    except CxlabError:  # what the tables cannot tell is no finding and no question; pieces say so one by one
        return None


def tried(make: Callable[[], Any]) -> list[Any]:
    """What `make` gives, as a list; where the tables cannot give it, the sentence that says what is missing."""
    try:
        made = make()
    except CxlabError as problem:
        return [say(f"This cannot be told: {str(problem).splitlines()[0].rstrip('.')}.")]
    return list(made) if isinstance(made, list | tuple) else [made]


def collected(table: Any) -> pd.DataFrame:
    """A small table of any engine as a pandas frame."""
    return collect(nw.from_native(table))


def clocks(page: Review, kpis: Sequence[str]) -> pd.DataFrame:
    """Honest and naive median of durations: kpi, value, low, high, closed_only, open, n."""
    rows = []
    for kpi in kpis:
        entry = definition(kpi)
        options = dict(page.options.get(kpi, {}))
        options |= {name: page.chosen[name] for name in entry.beside if name in page.chosen}
        try:
            rows.append(honest_clock(page.chosen[entry.table], page.period, kpi=kpi, **options))
        except (CxlabError, KeyError):  # no duration, or one that its tables cannot give
            continue
    return pd.concat(rows, ignore_index=True)[_CLOCK_COLUMNS] if rows else pd.DataFrame(columns=_CLOCK_COLUMNS)


def of_kind(responses: Any, kind: str) -> Any:
    """The responses without those of the other kind; a review, say, is of neither."""
    frame = nw.from_native(responses)
    if "kind" not in columns_of(frame):
        return responses
    return frame.filter((nw.col("kind") == kind) | nw.col("kind").is_null()).to_native()
