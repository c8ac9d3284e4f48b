"""Measures by group in one table: every cell with its interval, n, verdict and the change that could have been seen."""

from __future__ import annotations

import pandas as pd

from cxlab.report.digits import change, count, interval, is_finite, is_missing, value
from cxlab.report.html import Piece, chip, clean, escape
from cxlab.report.prose import define, verdict


def matrix(now: pd.DataFrame, changes: pd.DataFrame, *, by: str, dictionary: pd.DataFrame, caption: str) -> Piece:
    """A table of measures (rows) by group (columns), groups in the order of `now`.

    now: KPI frame of one period with the column `by`. changes: change frame of the same groups, whose verdicts stand
    in the cells. A group with too few answers keeps its cell and says so. All text escaped.
    """
    groups = [name for name in now[by].drop_duplicates()]
    said = {(row["kpi"], _key(row[by])): row for _, row in changes.iterrows()}
    heads = [clean(name) if not is_missing(name) else f"no {by.replace('_', ' ')}" for name in groups]
    body, lines = [], ["\t".join(["measure", *heads])]
    for kpi, rows in now.groupby("kpi", sort=False):
        about = define(dictionary, str(kpi))
        cells = {_key(row[by]): row for _, row in rows.iterrows()}
        written = [_cell(cells.get(_key(name)), said.get((kpi, _key(name))), about) for name in groups]
        body.append(f'<tr><th scope="row">{escape(about["name"])}</th>{"".join(html for html, _ in written)}</tr>')
        lines.append("\t".join([clean(about["name"]), *(text for _, text in written)]))
    head = "".join(f'<th scope="col" class="r">{escape(name)}</th>' for name in heads)
    html = (
        f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0"><table class="cx">'
        f'<caption>{escape(caption)}</caption><thead><tr><th scope="col">measure</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )
    return Piece(html, "\n".join([clean(caption), *lines]))


def _key(name: object) -> object:
    return None if is_missing(name) else name


def _cell(row: pd.Series | None, moved: pd.Series | None, about: dict[str, object]) -> tuple[str, str]:
    unit = str(about["unit"])
    if row is None:
        return '<td class="r">–</td>', "–"
    if not is_finite(row["value"]):
        text = f"n {count(row['n'])}, too few to say" if is_finite(row["n"]) and row["n"] else "nothing to count"
        return f'<td class="r"><span class="fine">{escape(text)}</span></td>', text
    limits = (row["low"], row["high"])
    big = value(row["value"], unit, *limits)
    reach = interval(*limits, unit, bare=True) if any(map(is_finite, limits)) else "no interval"
    small = [f"{reach} · n {count(row['n'])}"]
    word = verdict(moved, str(about["better"])) if moved is not None and is_finite(moved.get("change")) else ""
    seen = moved.get("smallest_detectable") if word else None
    if is_finite(seen):
        small.append(f"sees {change(seen, unit, moved.get('low'), moved.get('high'), signed=False, is_real=True)}")
    html = (
        f'{escape(big)}<br>{chip(word) if word else ""}<br><span class="fine">{"<br>".join(map(escape, small))}</span>'
    )
    return f'<td class="r">{html}</td>', " | ".join([big, word, *small])
