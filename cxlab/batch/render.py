"""An executed notebook as one HTML file for leaders: no code, no script, no request to anywhere."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cxlab.batch.clean import clean_output, clean_prose
from cxlab.batch.execute import RECORD, plain
from cxlab.batch.outline import alt_texts, outline, scrolling_tables, split_lead, split_title
from cxlab.batch.pages import Page, show

# What of a mimebundle is shown, best first. Scripts, widgets and everything unknown are not in the list.
SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain")
_UNSEEN = {"hide", "parameters", "injected-parameters"}
_MARKDOWN_HEADING = re.compile(r"^#{2,6}\s+(.+?)\s*#*\s*$", re.M)


@dataclass(frozen=True)
class Stop:
    """Where and why a notebook did not get to its end, for its page and for the index."""

    status: str
    heading: str
    message: str
    cell: int


@dataclass(frozen=True)
class Provenance:
    """What the foot of a page says about where its numbers come from. `tables` maps a table to its hash."""

    notebook: str = ""
    version: str = ""
    data: str = ""
    tables: dict[str, str] = field(default_factory=dict)
    rows_in: int | None = None
    rows_set_aside: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    ran_at: str = ""
    seconds: float | None = None


def render_notebook(
    notebook: Any,
    *,
    stem: str = "report",
    about: str = "",
    company: str = "",
    period: str = "",
    data_to: str = "",
    language: str = "en",
    provenance: Provenance | None = None,
    stop: Stop | None = None,
) -> str:
    """The page of an executed notebook (nbformat node), as HTML text.

    `about` is the part of the company's work that the page is about; `period` and `data_to` are in words. With `stop`,
    the page shows what was computed before the cell that failed, says what stopped it, and lists the headings that
    were not reached. The same notebook gives the same bytes.
    """
    shown, missed = _visible(notebook, stop)
    title, body = split_title(_body(shown), fallback=stem)
    body = alt_texts(scrolling_tables(body))
    body, headings = outline(body)
    lead, body = split_lead(body)
    page = Page(
        title=" · ".join(filter(None, (about, html.unescape(re.sub(r"<[^>]+>", "", title)), period, company))),
        language=language,
        eyebrow=[part for part in (about, company, period, data_to and f"data to {data_to}") if part],
    )
    return show(
        "report.html.j2",
        page,
        heading=title,
        lead=lead,
        body=body,
        headings=headings,
        stop=stop,
        missed=missed,
        stem=stem,
        provenance=provenance or Provenance(),
    )


def _visible(notebook: Any, stop: Stop | None) -> tuple[Any, list[str]]:
    """A copy of the notebook with only what a reader sees, and the headings that a stopped notebook did not reach."""
    shown = copy.deepcopy(notebook)
    last = len(shown.cells) if stop is None else stop.cell + 1
    missed = [
        re.sub(r"[*_`]", "", heading)
        for cell in shown.cells[last:]
        if cell.cell_type == "markdown"
        for heading in _MARKDOWN_HEADING.findall(cell.source)
    ]
    shown.cells = [cell for cell in shown.cells[:last] if not _UNSEEN & set(cell.metadata.get("tags", []))]
    for cell in shown.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if RECORD not in output.get("data", {})]
    return shown, missed


def _body(notebook: Any) -> str:
    exporter = _exporter_class()(
        extra_template_basedirs=[str(Path(__file__).parent / "templates")], template_name="cxlab"
    )
    text, _ = exporter.from_notebook_node(notebook)
    return text


@cache
def _exporter_class() -> type:
    """The nbconvert exporter with the house's template, made late because importing nbconvert takes a second."""
    from nbconvert.exporters import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter

    class ReportExporter(HTMLExporter):
        """nbconvert's HTML exporter without its BeautifulSoup pass, which takes 6 seconds per MB of tables."""

        exclude_anchor_links = True

        def from_notebook_node(self, nb: Any, resources: Any = None, **given: Any) -> tuple[str, Any]:
            """The body of the page, and nbconvert's resources."""
            resources = self._init_resources(resources)
            self.register_filter("filter_data_type", _best)
            self.register_filter("clean_output", clean_output)
            self.register_filter("clean_prose", clean_prose)
            self.register_filter("plain", _untinted)
            self.register_filter("picture", _picture)
            return TemplateExporter.from_notebook_node(self, nb, resources, **given)

    return ReportExporter


def _best(data: Iterable[str]) -> list[str]:
    """The one form of a mimebundle that is shown."""
    return next(([form] for form in SHOWN if form in data), [])


def _untinted(text: str) -> str:
    return plain(text, longest=None)


def _picture(output: Any, form: str, cell: Any) -> str:
    """A bitmap that travels inside the page, with the alt text that its maker gave."""
    data = re.sub(r"[^A-Za-z0-9+/=]", "", output["data"][form])
    own = output.get("metadata", {})
    alt = own.get(form, {}).get("alt") or own.get("alt") or cell.get("metadata", {}).get("alt") or ""
    return f'<figure class="cx"><img src="data:{form};base64,{data}" alt="{html.escape(str(alt))}"></figure>\n'
