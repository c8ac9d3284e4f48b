"""An export made harmless: personal columns named, free text masked. Tables and rows set aside are cut from this."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlab.loaders.mapping import RESERVED
from cxlab.loaders.names import Names
from cxlab.loaders.personal import contact_names, own_names, why_personal
from cxlab.loaders.raw import RawExport
from cxlab.loaders.redaction import REGIONS, Redactor

_FREE_TEXT_WORDS = 4


class Masked:
    """The masked twin of a RawExport.

    Attributes: `personal` (column -> why it looks personal), `aside` (ragged rows, masked), `counts` (what was masked,
    by kind). Columns are masked when first asked for: a comment with everything that is known, other text by the rules.
    """

    def __init__(self, raw: RawExport, names: Names, comments: Iterable[str], regions: Iterable[str] = REGIONS) -> None:
        self.raw = raw
        self.personal = {
            str(name): why for name in raw.frame.columns if (why := why_personal(str(name), raw.frame[name]))
        }
        self.counts: Counter[str] = Counter()
        self._comments = set(comments)
        self._full = Redactor([names, Names(contact_names(raw.frame))], regions)
        self._rules = Redactor((), regions)
        self._own = own_names(raw.frame)
        self._done: dict[str, pd.Series] = {}
        self._quotes: dict[str, str] = {}
        self._free: dict[str, bool] = {}
        self.aside = self._ragged()

    def frame_of(self, name: str) -> pd.Series:
        """One column of the export, masked."""
        if name not in self._done:
            masked, counts = self._masked(name, np.arange(len(self.raw.frame)))
            self.counts += counts
            self._done[name] = masked
        return self._done[name]

    def _masked(self, name: str, places: np.ndarray) -> tuple[pd.Series, Counter[str]]:
        """Some cells of a column, masked, and what was masked."""
        values = self.raw.frame[name]
        some = values if len(places) == len(values) else values.iloc[places]
        if name not in self._free:
            self._free[name] = name in self._comments or _is_free_text(values)
        if self._free[name]:
            masked, counts = self._full.mask_all(some)
            masked, own = self._mask_own(masked, places)
            counts["name"] += own
            return masked, counts
        # Codes and ids must stay as they are: only cells that read like text, or like an address, are looked at.
        distinct = pd.Series(some.unique(), dtype="str")
        text = distinct[distinct.str.contains(r"@|\S\s+\S+\s+\S", regex=True)]
        if not len(text):
            return some, Counter()
        hit = some.isin(text)
        part, counts = self._rules.mask_all(some[hit])
        if counts:
            some = some.copy()
            some[hit] = part
        return some, counts

    def _mask_own(self, texts: pd.Series, places: np.ndarray) -> tuple[pd.Series, int]:
        """Mask a respondent's own first or last name in that respondent's text ("Regards, Maria")."""
        count = 0
        for column in self._own:
            given = column.iloc[places].str.strip()
            some = np.flatnonzero((given.str.len() > 2).to_numpy() & (texts.fillna("") != "").to_numpy())
            if not len(some):
                continue
            changed = texts.to_numpy(dtype=object).copy()
            names = given.to_numpy(dtype=object)
            for place in some:
                if names[place] in changed[place]:
                    changed[place], hits = re.subn(rf"(?<!\w){re.escape(names[place])}(?!\w)", "[name]", changed[place])
                    count += hits
            texts = pd.Series(changed, index=texts.index, dtype="str")
        return texts, count

    def rows(self, places: np.ndarray) -> pd.DataFrame:
        """Some rows of the export as text, masked, without the personal columns."""
        columns = {}
        for name in map(str, self.raw.frame.columns):
            if name not in self.personal:
                done = self._done[name].iloc[places] if name in self._done else self._masked(name, places)[0]
                columns[self._name(name)] = done.reset_index(drop=True)
        return pd.DataFrame(columns, index=pd.RangeIndex(len(places)))

    def _ragged(self) -> pd.DataFrame:
        """Rows that did not fit the header: their cells may stand under any column, so every cell is masked."""
        columns = {}
        for name in self.raw.aside.columns:
            if name not in self.personal:
                columns[self._name(str(name))] = self._full.mask_all(self.raw.aside[name])[0]
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.raw.aside)))

    def _name(self, name: str) -> str:
        return f"{name} (as exported)" if name in RESERVED else name

    def quote(self, value: object) -> str:
        """A cell for a message: short, masked, in quotes."""
        text = str(value).strip()
        if text not in self._quotes:
            masked = self._full.mask(text)[0]
            self._quotes[text] = repr(masked if len(masked) <= 60 else masked[:57] + "...")
        return self._quotes[text]


def _is_free_text(values: pd.Series) -> bool:
    """True if the distinct texts of a column are mostly sentences."""
    distinct = values[values != ""].head(20_000).drop_duplicates().head(2000)
    if distinct.empty:
        return False
    return float(distinct.str.count(r"\S+").mean()) >= _FREE_TEXT_WORDS
