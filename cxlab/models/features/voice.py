"""What the customer said, and whether they said anything."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from cxlab.kpis.measure import Frame
from cxlab.models.features.look import (
    COUNT,
    DAYS,
    KEY,
    POINTS,
    SHARE,
    YEAR,
    Look,
    days_since,
    keyed,
    mean_of,
    number_if,
    per_customer,
    tells_of_leaving,
)
from cxlab.stats.counting import collect, columns_of

#: Surveys that customers answer; those of employees say nothing of a customer.
_OF_CUSTOMERS = ("nps", "csat", "ces", "success", "effort", "emotion", "review")
_WORDS = {"nps": "likelihood to recommend", "csat": "satisfaction", "ces": "ease", "review": "stars in reviews"}
_GIVES = "how they score us and whether they answer"
_ALSO = ("sent_at", "kind", "phase", "moment", "stage", "series")
_VERSION = ("series", "scale_low", "scale_high")


def read(look: Look) -> None:
    """Mean scores of the last year by survey, answers, and questions that got none."""
    rows = look.rows("responses", ["survey", "answered_at"], _GIVES, _ALSO, ["score", "scale_low", "scale_high"])
    if rows is None:
        return
    rows = look.known("responses", rows, ("sent_at", "answered_at"), _GIVES, only=_of_customers(look, rows))
    if rows is None:
        return
    answer = nw.col("answered_at")
    parts = {"answers": number_if(answer >= look.back(look.recent_days)), "last_answer": answer}
    if "sent_at" in columns_of(rows):
        asked = nw.col("sent_at") >= look.back(YEAR)
        parts |= {"asked": number_if(asked), "silent": number_if(asked & answer.is_null())}
    sums = look.by_customer("responses", per_customer(rows, **parts))
    if sums is None:
        return

    def add(name: str, values: pd.Series, meaning: str, unit: str = COUNT, absent: float | None = None) -> None:
        look.found.add("responses", "voice", name, values, meaning, unit, absent)

    if "score" in columns_of(rows):
        for name, values, meaning in _scores(look, rows.filter(answer >= look.back(YEAR), ~nw.col("score").is_null())):
            add(name, values, meaning, POINTS)
    add("answers", sums["answers"], f"survey questions answered {look.recently}", absent=0.0)
    add("days_since_answer", days_since(sums["last_answer"], look.as_of), "days since the last answer", DAYS)
    if "asked" in parts:
        add("questions", sums["asked"], "survey questions sent in the last year", absent=0.0)
        silent = mean_of(sums["silent"], sums["asked"])
        add("unanswered", silent, "share of the survey questions of the last year without an answer so far", SHARE)
    else:
        look.found.lacks("The table of responses has no sent_at; with it, who does not answer would be known.")


def _of_customers(look: Look, rows: Frame) -> list[nw.Expr]:
    """Answers of customers about how it is: not those of employees, before an experience, or about having left."""
    columns = columns_of(rows)
    conditions = [nw.col("survey").is_in(list(_OF_CUSTOMERS))]
    if "phase" in columns:
        conditions.append(nw.col("phase").is_null() | (nw.col("phase") != "pre"))
    for column in ("moment", "stage"):
        exits = tells_of_leaving(collect(rows.select(column).unique())[column]) if column in columns else []
        if exits:
            conditions.append(nw.col(column).is_null() | ~nw.col(column).is_in(exits))
            look.found.remark(
                f"Answers at the {column} {', '.join(exits)} tell of leaving itself, so they are no features."
            )
    return conditions


def _scores(look: Look, rows: Frame) -> list[tuple[str, pd.Series, str]]:
    """Mean score by customer, of every survey and kind, in its latest version: versions are not one number."""
    version = [name for name in _VERSION if name in columns_of(rows)]
    kind = ["kind"] if "kind" in columns_of(rows) else []
    keys = ["survey", *kind, *version]
    rows = rows.select(KEY, *keys, "answered_at", score=nw.col("score").cast(nw.Float64)).group_by(KEY, *keys)
    sums = keyed(collect(rows.agg(nw.col("score").sum(), nw.len().alias("n"), nw.col("answered_at").max())))
    sums["answered_at"] = pd.to_datetime(sums["answered_at"])
    made = []
    for name, part in sums.groupby(["survey", *kind], dropna=False, sort=True):
        survey, sort = name[0], name[1] if kind and isinstance(name[1], str) else ""
        if version:
            latest = part.sort_values(["answered_at", *version]).iloc[-1][version]
            same = (part[version].eq(latest) | (part[version].isna() & latest.isna())).all(axis=1)
            if not same.all():
                look.found.remark(f"{survey}: only answers to its latest version count, a new one breaks the series.")
            part = part[same]
        by_customer = part.groupby(KEY)[["score", "n"]].sum()
        words = _WORDS.get(survey, survey) + (f", {sort} surveys" if sort else "")
        made.append(("_".join(filter(None, [survey, sort])), mean_of(by_customer["score"], by_customer["n"]),
                     f"mean score on {words}, over the last year"))  # fmt: skip
    return made
