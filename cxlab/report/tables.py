"""Tables and customer comments as HTML in which nothing a customer wrote can act."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

import pandas as pd

from cxlab.errors import CxlabError
from cxlab.report.digits import MINUS, THIN, change, count, interval, is_finite, is_missing, value
from cxlab.report.html import Piece, chip, clean, escape
from cxlab.report.prose import define, verdict

_NONE = "–"
# JupyterLab typesets $...$ in HTML unless told not to: "$5 and $10" would become a formula.
_NO_MATH = "tex2jax_ignore mathjax_ignore"


def table(
    df: pd.DataFrame,
    *,
    caption: str = "",
    rows: int = 20,
    units: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    dictionary: pd.DataFrame | None = None,
) -> Piece:
    """A frame as an HTML table (class cx): every cell, header and caption escaped, numbers to the right.

    caption: what the table shows; read aloud first. rows: at most so many rows, then a line says how many more.
    units: column -> unit (points, share, hours, days, currency). names: column -> header to print.
    dictionary: where the frame is a KPI or change frame, its rows are written in each KPI's own unit, intervals in
    one column, verdicts in the page's words; with a caption, periods that are the same in every row are said there.
    A named index becomes the first columns. Raises CxlabError.
    """
    if not isinstance(df, pd.DataFrame):
        raise CxlabError(f"cx.table shows pandas frames and got a {type(df).__name__}. Give it a DataFrame.")
    if rows < 1:
        raise CxlabError(f"cx.table was asked for {rows} rows. Ask for at least one.")
    frame = df if isinstance(df.index, pd.RangeIndex) else _with_index(df)
    if frame.columns.duplicated().any():
        twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        raise CxlabError(f"cx.table: two columns have one name ({', '.join(twice)}). Rename one of them.")
    shown = frame.head(rows)
    numeric = {name for name in frame.columns if _is_numeric(frame[name])}
    if dictionary is not None and "kpi" in frame:
        shown, caption = _without_constants(shown, caption)
        shown, numeric = _readable(shown, dictionary)
    texts = pd.DataFrame({name: _texts(shown[name], str(name), (units or {}).get(str(name))) for name in shown.columns})
    heads = [clean((names or {}).get(str(name), str(name).replace("_", " "))) for name in shown.columns]
    right = [name in numeric for name in shown.columns]
    more = len(frame) - len(shown)
    rest = f"and {count(more)} more row{'s' * (more != 1)}" if more > 0 else ""
    return Piece(_html(texts, heads, right, caption, rest), _plain(texts, heads, right, caption, rest))


def _with_index(df: pd.DataFrame) -> pd.DataFrame:
    """Index levels as first columns where they carry a name; a nameless index is only an order."""
    if all(name is None for name in df.index.names):
        return df.reset_index(drop=True)
    return df.rename_axis(index=[name if name is not None else "" for name in df.index.names]).reset_index()


def _is_numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _texts(column: pd.Series, name: str, unit: str | None) -> list[str]:
    """The cells of a column as they are written; equal columns are written alike."""
    if unit is not None:
        return [_NONE if is_missing(x) else value(x, unit) for x in column]
    if pd.api.types.is_bool_dtype(column):
        return [_NONE if is_missing(x) else ("yes" if x else "no") for x in column]
    if not _is_numeric(column):
        return [_text(x) for x in column]
    finite = [float(x) for x in column if is_finite(x)]
    largest = max(map(abs, finite), default=0.0)
    decimals = 0 if all(x.is_integer() for x in finite) else 1 if largest >= 100 else 2 if largest >= 1 else 3
    is_year = "year" in name.lower() and all(1000 <= x <= 2999 for x in finite)
    spec = f".{decimals}f" if is_year else f",.{decimals}f"
    return [_number(x, spec) for x in column]


def _number(x: object, spec: str) -> str:
    if is_missing(x):
        return _NONE
    if not is_finite(x):
        return "∞" if float(x) > 0 else f"{MINUS}∞"
    text = format(float(x), spec)
    return text.lstrip("-") if not any(d in "123456789" for d in text) else text.replace("-", MINUS)


def _text(x: object) -> str:
    if is_missing(x):
        return _NONE
    if isinstance(x, pd.Timestamp):
        return f"{x:%Y-%m-%d}" if x == x.normalize() else f"{x:%Y-%m-%d %H:%M}"
    return ("yes" if x else "no") if isinstance(x, bool) else clean(x)


def _without_constants(frame: pd.DataFrame, caption: str) -> tuple[pd.DataFrame, str]:
    """Period columns that say the same in every row are said once, in the caption."""
    same = [name for name in ("period", "before") if name in frame and frame[name].nunique(dropna=False) == 1]
    said = " against ".join(_text(frame[name].iloc[0]) for name in same)
    if "period" not in same or not caption:
        return frame, caption
    return frame.drop(columns=same), f"{caption} ({said})"


def _readable(frame: pd.DataFrame, dictionary: pd.DataFrame) -> tuple[pd.DataFrame, set[str]]:
    """A KPI or change frame in words, and the columns of it that hold numbers."""
    rows = [row for _, row in frame.iterrows()]
    about = [define(dictionary, kpi) for kpi in frame["kpi"]]
    is_change = "verdict" in frame
    counted = "change" if is_change else "value"  # what the interval in the frame belongs to

    def write(name: str, row: pd.Series, each: Mapping[str, object]) -> object:
        unit, limits = str(each["unit"]), (row.get("low"), row.get("high"))
        if name == "kpi":
            return each["name"]
        if name == "verdict":
            return verdict(row, str(each["better"]))
        if name in ("value", "value_before"):
            return value(row[name], unit, *limits)
        if name in ("change", "smallest_detectable"):
            return change(row[name], unit, *limits, signed=name == "change") if is_finite(row[name]) else _NONE
        return (count(row[name]) if is_finite(row[name]) else _NONE) if name in ("n", "n_before") else row[name]

    heads = {"kpi": "measure", "smallest_detectable": "could have seen"}
    out: dict[str, list[object]] = {}
    for name in map(str, frame.columns):
        if name in ("low", "high", "p", "q", "margin", "n_eff"):
            continue
        head = heads.get(name, name.replace("_", " "))
        out[head] = [write(name, row, each) for row, each in zip(rows, about, strict=True)]
        if name == counted and {"low", "high"} <= set(frame.columns):
            out[f"95{THIN}% interval"] = [
                interval(row["low"], row["high"], str(each["unit"]), of_change=is_change, bare=True)
                if is_finite(row["low"]) or is_finite(row["high"])
                else _NONE
                for row, each in zip(rows, about, strict=True)
            ]
    words = {"measure", "verdict", "period", "before", *(str(n) for n in frame.columns if not _is_numeric(frame[n]))}
    return pd.DataFrame(out), set(out) - words


def _html(texts: pd.DataFrame, heads: list[str], right: list[bool], caption: str, rest: str) -> str:
    attribute = [' class="r"' if is_right else "" for is_right in right]
    head = "".join(f'<th scope="col"{a}>{escape(name)}</th>' for name, a in zip(heads, attribute, strict=True))
    body = []
    for cells in texts.itertuples(index=False):
        line = []
        for at, cell in enumerate(cells):
            inner = chip(cell) if texts.columns[at] == "verdict" else escape(cell)
            is_name = at == 0 and not right[0]
            # Short texts (periods, codes) carry class "s": they are better left unbroken, as numbers (class "r") are.
            style = attribute[at] or (' class="s"' if len(cell) <= 12 else "")
            line.append(f'<th scope="row">{inner}</th>' if is_name else f"<td{style}>{inner}</td>")
        body.append(f"<tr>{''.join(line)}</tr>")
    if not len(texts):
        body.append(f'<tr><td colspan="{max(len(heads), 1)}">No rows.</td></tr>')
    foot = f'<tfoot><tr><td colspan="{len(heads)}">{rest}</td></tr></tfoot>' if rest else ""
    title = f"<caption>{escape(caption)}</caption>" if clean(caption).strip() else ""
    label = escape(caption) if title else "Table"
    # A wide table scrolls in its own box on a phone; the box takes the keyboard, so that no mouse is needed for it.
    return (
        f'<div class="scroll {_NO_MATH}" role="region" aria-label="{label}" tabindex="0"><table class="cx">{title}'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>{foot}</table></div>"
    )


def _plain(texts: pd.DataFrame, heads: list[str], right: list[bool], caption: str, rest: str) -> str:
    lines = [heads, *([str(cell) for cell in cells] for cells in texts.itertuples(index=False))]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    written = [
        "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([line for line in (clean(caption),) if line] + written + [line for line in (rest,) if line])


def verbatim(
    texts: Iterable[object],
    *,
    notes: Iterable[object] | None = None,
    caption: str = "",
    limit: int = 6,
    longest: int = 600,
) -> Piece:
    """Customer comments as quotations, escaped, without control characters; empty ones are left out.

    notes: a line under each comment (date, topic), same length as `texts`. limit: at most so many, then a line says
    how many more. longest: characters of a comment before it is cut. Raises CxlabError where lengths differ.
    """
    if isinstance(texts, str):
        raise CxlabError("cx.verbatim got one text. Give a list or a column of comments: cx.verbatim([text]).")
    said = list(texts)
    under = list(notes) if notes is not None else [""] * len(said)
    if len(under) != len(said):
        raise CxlabError(f"cx.verbatim got {len(said)} comments and {len(under)} notes. Give one note each.")
    pairs = [(" ".join(clean(text).split()), clean(note)) for text, note in zip(said, under, strict=True)]
    pairs = [(text, note) for text, note in pairs if text]
    quotes, plain = [], []
    for text, note in pairs[:limit]:
        short = textwrap.shorten(text, longest, placeholder=" …") if " " in text[:longest] else text[:longest]
        foot = f"<footer>{escape(note)}</footer>" if note else ""
        quotes.append(f'<blockquote class="cx"><p dir="auto">“{escape(short)}”</p>{foot}</blockquote>')
        plain.append(f"“{short}”" + (f"\n  {note}" if note else ""))
    more = len(pairs) - len(quotes)
    rest = [f"and {count(more)} more comment{'s' * (more != 1)}"] if more > 0 else []
    rest = rest or ([] if quotes else ["No comments to show."])
    top = f"<p>{escape(caption)}</p>" if clean(caption).strip() else ""
    end = "".join(f'<p class="fine">{line}</p>' for line in rest)
    block = f'<div class="{_NO_MATH}">{top}{"".join(quotes)}{end}</div>'
    return Piece(block, "\n".join([*([clean(caption)] if top else []), *plain, *rest]))
