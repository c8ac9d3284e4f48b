"""What a notebook gives: recorded as a cell output, read back from the executed file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import pandas as pd

from cxlab.errors import CxlabError, ParameterError
from cxlab.report.plain import plain
from cxlab.report.wording import claims
from cxlab.stats import comparisons

MIME = "application/vnd.cxlab.record+json"
KINDS = ("win", "loss", "risk", "question", "action")
# The data's words and the page's: a finding may be told in either.
VERDICTS = (*comparisons.VERDICTS, "improved", "worsened", "rose", "fell")
_OF_CAUSE = ("A", "B")
GRADES = {"A": "experiment", "B": "quasi-experiment", "C": "adjusted association", "D": "correlation"}
FIELDS = ("kind", "sentence", "kpi", "scope", "value", "low", "high", "verdict", "grade", "owner")


def finding(
    kind: str,
    sentence: str,
    kpi: str | None = None,
    scope: object = None,
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
    verdict: str | None = None,
    grade: str = "D",
    owner: str | None = None,
) -> dict[str, object]:
    """One finding, ready to record.

    kind: win, loss, risk, question or action. sentence: computed, as a leader would repeat it. scope: the group it is
    about (a text or {"region": "EMEA"}), None for the company. value, low, high in the KPI's unit. verdict: the
    data's word or the page's. grade: A experiment, B quasi-experiment, C adjusted association, D correlation. With C
    or D the sentence may say what goes with what and never what is the cause.
    Raises CxlabError naming the field.
    """
    given = (kind, sentence, kpi, scope, value, low, high, verdict, grade, owner)
    return _checked(dict(zip(FIELDS, given, strict=True)), "finding")


def _checked(found: object, where: str) -> dict[str, object]:
    """A finding with every field, all of them plain; raises CxlabError naming the field at fault."""
    if not isinstance(found, Mapping):
        raise CxlabError(f"{where} is a {type(found).__name__}. Make findings with cx.finding(kind, sentence, ...).")
    unknown = [str(name) for name in found if name not in FIELDS]
    if unknown:
        raise ParameterError.unknown(f"field of a finding ({where})", unknown[0], FIELDS)
    full = {name: plain(found.get(name), f"{where}.{name}") for name in FIELDS}
    full["grade"] = full["grade"] or "D"
    if not isinstance(full["sentence"], str) or not full["sentence"].strip():
        raise CxlabError(f"{where} has no sentence. A finding is a sentence that a leader could repeat.")
    for name, known in (("kind", KINDS), ("verdict", VERDICTS), ("grade", tuple(GRADES))):
        if full[name] not in known and not (name == "verdict" and full[name] is None):
            raise ParameterError.unknown(f"{name} of a finding ({where})", str(full[name]), known)
    _no_cause_claimed(_without_names(str(full["sentence"]), full["scope"]), str(full["grade"]), where)
    for name in ("value", "low", "high"):
        if isinstance(full[name], bool) or not isinstance(full[name], (int, float, type(None))):
            raise CxlabError(f"{where}: {name} is {full[name]!r}, which is not a number. Give a number or None.")
    for name in ("kpi", "owner"):
        if not isinstance(full[name], (str, type(None))):
            raise CxlabError(f"{where}: {name} is {full[name]!r}, which is not a text. Give a text or None.")
    return full


def _without_names(sentence: str, scope: object) -> str:
    """The sentence without the names of groups, which are the company's and claim nothing."""
    names = scope.values() if isinstance(scope, Mapping) else [scope]
    for name in names:
        sentence = sentence.replace(name, " ") if isinstance(name, str) and name else sentence
    return sentence


def _no_cause_claimed(sentence: str, grade: str, where: str) -> None:
    """Raises CxlabError where a sentence claims a cause that evidence of this grade cannot show."""
    claimed = () if grade in _OF_CAUSE else claims(sentence)
    if claimed:
        raise CxlabError(
            f"{where} says {claimed[0]!r}, which claims a cause, on evidence of grade {grade} ({GRADES[grade]}): "
            f'{sentence!r}. Write "goes with", or give grade="A" (experiment) or "B" (quasi-experiment) where one '
            "stands behind it."
        )


def recorded(
    headline: str, findings: Iterable[Mapping[str, object]] = (), kpis: pd.DataFrame | None = None, **more: object
) -> dict[str, object]:
    """The record as a plain dict: headline, findings, kpis (rows) and whatever else was given. Raises CxlabError."""
    if not isinstance(headline, str) or not headline.strip():
        raise CxlabError("the record has no headline. Give headline=: one computed sentence that sums the notebook up.")
    if isinstance(findings, (Mapping, str)):
        raise CxlabError("findings is not a list. Give findings=[cx.finding(...), ...].")
    if kpis is not None and not isinstance(kpis, pd.DataFrame):
        raise CxlabError(f"kpis is a {type(kpis).__name__}. Give a KPI frame, or frames put together with pd.concat.")
    told = [_checked(found, f"findings[{at}]") for at, found in enumerate(findings)]
    # A headline sums findings up: it may claim what the best of them may.
    _no_cause_claimed(headline, min((str(found["grade"]) for found in told), default="D"), "the headline")
    record = {
        "headline": plain(headline, "headline"),
        "findings": told,
        "kpis": plain(kpis, "kpis") or [],
        **{name: plain(item, name) for name, item in more.items()},
    }
    json.dumps(record, allow_nan=False)
    return record


def record(
    headline: str, findings: Iterable[Mapping[str, object]] = (), kpis: pd.DataFrame | None = None, **more: object
) -> None:
    """Shows the record of a notebook as the output of its last cell (tag outputs), with a readable text beside it.

    headline: the computed sentence that sums the notebook up. findings: made by `finding`. kpis: a KPI frame. more:
    anything plain (see report.plain). Raises CxlabError before anything is shown.
    """
    from IPython.display import display

    content = recorded(headline, findings, kpis, **more)
    display({MIME: content, "text/plain": _as_text(content)}, raw=True)


def _as_text(content: Mapping[str, object]) -> str:
    findings, kpis = list(content["findings"]), list(content["kpis"])  # type: ignore[call-overload]
    lines = [f"{found['kind']} ({found['grade']}): {found['sentence']}" for found in findings]
    return "\n".join([str(content["headline"]), *lines, f"[{len(kpis)} KPI rows recorded]"])


def read_outputs(notebook: Mapping[str, object]) -> list[dict[str, object]]:
    """The records in an executed notebook (as nbformat or json reads it), in the order of its cells."""
    found = []
    for cell in notebook.get("cells", []):  # type: ignore[attr-defined]
        for output in cell.get("outputs", []):
            content = (output.get("data") or {}).get(MIME)
            if isinstance(content, Mapping):
                found.append(json.loads(json.dumps(content)))
    return found
