"""Exports of the sample company's surveys, in the shapes of Qualtrics, SurveyMonkey, SPSS and a review site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import phrases, truths
from cxlab.demo.draws import DAY, at, later, quarter_days, stream
from cxlab.demo.moments import asked_people
from cxlab.demo.ratings import draw_ratings
from cxlab.demo.shapes import (
    american,
    append_rows,
    begin_qualtrics,
    iso,
    whole,
    write_delimited,
    write_sheet,
    write_spss,
)
from cxlab.demo.stains import blank_out, pad, repeat_rows, share_out, strew
from cxlab.demo.voices import say_nothing

#: Columns of the Qualtrics export: text and ImportId.
QUALTRICS = {
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "IPAddress": ("IP Address", "ipAddress"),
    "Progress": ("Progress", "progress"),
    "Duration (in seconds)": ("Duration (in seconds)", "duration"),
    "Finished": ("Finished", "finished"),
    "RecordedDate": ("Recorded Date", "recordedDate"),
    "ResponseId": ("Response ID", "_recordId"),
    "RecipientLastName": ("Recipient Last Name", "recipientLastName"),
    "RecipientFirstName": ("Recipient First Name", "recipientFirstName"),
    "RecipientEmail": ("Recipient Email", "recipientEmail"),
    "ExternalReference": ("External Data Reference", "externalDataReference"),
    "DistributionChannel": ("Distribution Channel", "distributionChannel"),
    "UserLanguage": ("User Language", "userLanguage"),
    "Q1": ("How likely is it that you would recommend Northgate to a friend or colleague?", "QID1"),
    "Q2": ("What is the main reason for your score?", "QID2_TEXT"),
    "Q3_1": ("How much do you agree? - Northgate works reliably.", "QID3_1"),
    "Q3_2": ("How much do you agree? - The people who help me are outstanding.", "QID3_2"),
    "Q3_3": ("How much do you agree? - Northgate is easy to use.", "QID3_3"),
    "Q3_4": ("How much do you agree? - The newsletter is useful to me.", "QID3_4"),
    "InviteSent": ("InviteSent", "InviteSent"),
    "AccountId": ("AccountId", "AccountId"),
    "Region": ("Region", "Region"),
    "Segment": ("Segment", "Segment"),
    "Plan": ("Plan", "Plan"),
    "Team": ("Team", "Team"),
    "Role": ("Role", "Role"),
}
SATISFIED = "Overall, how satisfied are you with how we handled this?"
EASY = "How much do you agree: Northgate made it easy for me to get this done."
REASON = "Is there anything you would like to tell us?"
_SURVEYMONKEY = (
    "Respondent ID",
    "Collector ID",
    "Start Date",
    "End Date",
    "IP Address",
    "Email Address",
    "First Name",
    "Last Name",
    "Custom Data 1",
    "moment",
    "account_id",
    "contact_id",
    "region",
    "team",
    "ticket",
    "language",
    SATISFIED,
    EASY,
    REASON,
)


def write_quarter(
    seed: int, path: Path, quarter: str, accounts: pd.DataFrame, invitations: Iterator[pd.DataFrame]
) -> Path:
    """Write one quarter of the NPS survey, chunk by chunk; the dirt stands in the first chunk."""
    begin_qualtrics(path, QUALTRICS)
    code = 0
    for place, chunk in enumerate(invitations):
        rng = stream(seed, "nps file", quarter, place)
        chunk = chunk.sort_values("sent_at", kind="stable").reset_index(drop=True)
        chunk["comment"] = say_nothing(
            stream(seed, "non-answers", quarter, place),
            chunk["comment"].to_numpy(),
            chunk["score"].notna().to_numpy(),
            chunk["language"].to_numpy(),
        )
        rows = _qualtrics_rows(rng, quarter, accounts, chunk, code)
        # From a stream of its own, so that everything else stays as it was before these were asked.
        ratings = draw_ratings(stream(seed, "statements", quarter, place), chunk["score"].to_numpy())
        for column, name in zip(("Q3_1", "Q3_2", "Q3_3", "Q3_4"), truths.RATING_EFFECT, strict=True):
            rows[column] = whole(ratings[name])
        rows = rows[list(QUALTRICS)]
        code += len(chunk)
        append_rows(path, _soil(rng, quarter, rows) if place == 0 else rows)
    return path


def _qualtrics_rows(
    rng: np.random.Generator, quarter: str, accounts: pd.DataFrame, chunk: pd.DataFrame, code: int
) -> pd.DataFrame:
    """Invitations as the texts of a Qualtrics export. Response ids count on from `code`."""
    total, number = len(chunk), chunk["number"].to_numpy()
    who = asked_people(accounts, chunk)
    answered = chunk["answered_at"].to_numpy().astype("datetime64[s]")
    done = ~np.isnat(answered)
    seconds = rng.integers(25, 400, total)
    start = np.where(done, answered - seconds * np.timedelta64(1, "s"), chunk["sent_at"].to_numpy())
    lead = (int(quarter[:4]) * 10 + int(quarter[-1])) << 32
    octets = rng.integers(1, 255, (total, 2)).tolist()
    taken = ("customer_id", "region", "segment", "plan", "team")
    column = {name: accounts[name].to_numpy(dtype=object)[number] for name in taken}
    frame = pd.DataFrame(
        {
            "StartDate": iso(start),
            "EndDate": iso(answered),
            "Status": "IP Address",
            "IPAddress": [f"203.0.113.{a}" if b % 2 else f"198.51.100.{b}" for a, b in octets],
            "Progress": np.where(done, "100", "0"),
            "Duration (in seconds)": np.where(done, seconds.astype(str), ""),
            "Finished": np.where(done, "True", "False"),
            "RecordedDate": iso(answered),
            "ResponseId": [_response_id(lead + code + row) for row in range(total)],
            "RecipientLastName": who["family"],
            "RecipientFirstName": who["given"],
            "RecipientEmail": who["mail"],
            "ExternalReference": who["contact_id"],
            "DistributionChannel": "email",
            "UserLanguage": pd.Series(chunk["language"]).str.upper(),
            "Q1": whole(chunk["score"]),
            "Q2": chunk["comment"],
            "InviteSent": iso(chunk["sent_at"]),
            "AccountId": column["customer_id"],
            "Region": pad(rng, column["region"]),
            "Segment": column["segment"],
            "Plan": column["plan"],
            "Team": pad(rng, column["team"]),
            "Role": blank_out(rng, who["role"], 0.02),
        }
    ).astype(object)
    frame.loc[~done, "IPAddress"] = ""
    return frame


def _response_id(count: int) -> str:
    """An id that looks random. Odd factors modulo 2**60 and the shift are permutations: no two counts meet."""
    mixed = count * 0x9E3779B97F4A7C5 % 2**60
    mixed ^= mixed >> 31
    return f"R_{mixed * 0x94D049BB133111F % 2**60:015x}"


def _soil(rng: np.random.Generator, quarter: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Add the quarter's share of the dirt planted for the NPS survey."""
    part = truths.QUARTERS.index(quarter)
    count = {kind: share_out(total, len(truths.QUARTERS), part) for kind, total in truths.DIRT["nps"].items()}
    answers = np.flatnonzero((rows["Finished"] == "True").to_numpy())
    hostile = rng.choice(answers, count["hostile_comment"], replace=False)
    texts = [phrases.HOSTILE[(place + part * len(hostile)) % len(phrases.HOSTILE)] for place in range(len(hostile))]
    rows.loc[hostile, "Q2"] = texts
    good = repeat_rows(rng, rows, count["duplicate"])

    def extra(kind: str, **columns: object) -> pd.DataFrame:
        total = count[kind]
        sent = at(quarter_days(quarter)[0] + rng.integers(10, 60, total) * DAY, rng, 8.0, 11.0)
        copy = rows.iloc[rng.choice(answers, total)].reset_index(drop=True)
        copy["InviteSent"], copy["StartDate"] = iso(sent), iso(later(sent, np.full(total, 4.0)))
        copy["EndDate"] = copy["RecordedDate"] = iso(later(sent, np.full(total, 4.1)))
        copy["ResponseId"] = [f"R_{kind[:4]}{part:02d}{place:03d}" for place in range(total)]
        copy["Q2"] = ""
        for name, values in columns.items():
            copy[name] = values
        return copy

    off = [("11", "99", "-1")[place % 3] for place in range(count["off_scale"])]
    absent = [f"NG-9{part:02d}{place:02d}" for place in range(count["unknown_customer"])]
    parts = [
        extra(
            "preview",
            Status="Survey Preview",
            AccountId="",
            Region="",
            Segment="",
            Team="",
            Plan="",
            ExternalReference="",
            Q2="test test",
        ),
        extra("off_scale", Q1=off),
        extra("unparseable_date", EndDate="2025-13-45 25:61:00"),
        extra(
            "unknown_customer",
            AccountId=absent,
            Region="",
            Segment="",
            Team="",
            Plan="",
            ExternalReference=[f"{name}-00" for name in absent],
        ),
    ]
    return strew(rng, good, pd.concat(parts, ignore_index=True))


def write_transactional(seed: int, folder: Path, accounts: pd.DataFrame, asked: pd.DataFrame) -> list[Path]:
    """Write the survey after events: answers as SurveyMonkey XLSX, people who did not answer as a CSV of their own."""
    rng, dirt = stream(seed, "transactional file"), truths.DIRT["transactional"]
    who = asked_people(accounts, asked)
    frame = pd.DataFrame(
        {
            "Respondent ID": asked["survey_id"],
            "Collector ID": "427110043",
            "Start Date": american(asked["sent_at"]),
            "End Date": american(asked["answered_at"]),
            "IP Address": [f"203.0.113.{octet}" for octet in rng.integers(1, 255, len(asked)).tolist()],
            "Email Address": who["mail"],
            "First Name": who["given"],
            "Last Name": who["family"],
            "Custom Data 1": "",
            "moment": asked["moment"],
            "account_id": accounts["customer_id"].to_numpy(dtype=object)[asked["number"]],
            "contact_id": who["contact_id"],
            "region": asked["region"],
            "team": pad(rng, asked["team"]),
            "ticket": asked["ticket_id"],
            "language": asked["language"],
            SATISFIED: whole(asked["csat"]),
            EASY: whole(asked["ces"]),
            REASON: asked["comment"],
        }
    ).astype(object)
    answered = asked["csat"].notna().to_numpy()
    answers = frame[answered].reset_index(drop=True)
    extra = answers.sample(dirt["off_scale"], random_state=np.random.RandomState(7)).reset_index(drop=True)
    extra["Respondent ID"] = [f"{990_000_000_000 + place}" for place in range(len(extra))]
    extra[SATISFIED], extra[EASY], extra[REASON] = "0", "9", ""
    table = strew(rng, repeat_rows(rng, answers, dirt["duplicate"]), extra)
    below = [""] * (len(_SURVEYMONKEY) - 3) + ["Response", "Response", "Open-Ended Response"]
    records = table[list(_SURVEYMONKEY)].to_numpy(dtype=object).tolist()
    scores = {_SURVEYMONKEY.index(SATISFIED), _SURVEYMONKEY.index(EASY)}
    cells = (
        [int(cell) if place in scores and cell else cell or None for place, cell in enumerate(row)] for row in records
    )
    kept = ["Respondent ID", "Email Address", "Start Date", "moment", "account_id", "contact_id", "region", "team"]
    silent = frame.loc[~answered, kept]
    return [
        write_sheet(folder / "transactional.xlsx", "Responses", [list(_SURVEYMONKEY), below, *cells]),
        write_delimited(
            folder / "transactional_not_answered.csv",
            silent.rename(columns={"Respondent ID": "Recipient ID", "Start Date": "Sent"}),
        ),
    ]


def write_success(path: Path, accounts: pd.DataFrame, answers: pd.DataFrame) -> Path:
    """Write the success, effort and emotion survey as a plain CSV."""
    who = asked_people(accounts, answers)
    place = answers["number"].to_numpy()
    frame = pd.DataFrame(
        {
            "id": [f"SEE{row:06d}" for row in range(1, len(answers) + 1)],
            "answered": iso(answers["answered_at"]),
            "account": accounts["customer_id"].to_numpy(dtype=object)[place],
            "contact": who["contact_id"],
            "region": accounts["region"].to_numpy(dtype=object)[place],
            "team": accounts["team"].to_numpy(dtype=object)[place],
            **{question: answers[question].astype(str) for question in truths.TRUE_SEE},
        }
    )
    return write_delimited(path, frame)


def write_employees(seed: int, path: Path, answers: pd.DataFrame) -> Path:
    """Write the employee survey as SPSS file: teams as labelled codes, 99 for "no answer"."""
    rng, teams = stream(seed, "employees file"), list(truths.TEAM_SHARES)
    extra = answers.sample(truths.DIRT["employees"]["off_scale"], random_state=np.random.RandomState(3)).copy()
    extra["answer_id"] = range(len(answers) + 1, len(answers) + 1 + len(extra))
    extra["score"] = 99.0
    table = strew(rng, answers, extra)
    frame = pd.DataFrame(
        {
            "ID": table["answer_id"].astype(float),
            "WAVE": iso(table["answered_on"]),
            "TEAM": table["team"].map({name: float(code) for code, name in enumerate(teams, start=1)}).astype(float),
            "ENPS": table["score"].astype(float),
        }
    )
    frame["WAVE"] = frame["WAVE"].str[:10]
    return write_spss(
        path,
        frame,
        {
            "ID": "Answer",
            "WAVE": "Day of the answer",
            "TEAM": "Team you work in",
            "ENPS": "How likely is it that you would recommend Northgate as a place to work?",
        },
        {
            "TEAM": dict(enumerate(teams, start=1)),
            "ENPS": {0: "Not at all likely", 10: "Extremely likely", 99: "No answer"},
        },
    )


def write_reviews(seed: int, path: Path, reviews: pd.DataFrame) -> Path:
    """Write public reviews as tab-separated UTF-16, the way a spreadsheet saves "Unicode text"."""
    rng, dirt = stream(seed, "reviews file"), truths.DIRT["reviews"]
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    days = [text.split(" ")[0] for text in iso(reviews["posted_on"])]
    frame = pd.DataFrame(
        {
            "Review": reviews["review_id"],
            "Site": reviews["site"],
            "Location": pad(rng, reviews["location"]),
            "Posted": [f"{months[int(day[5:7]) - 1]} {int(day[8:])}, {day[:4]}" for day in days],
            "Stars": reviews["stars"].astype(str),
            "Served by": reviews["served_by"],
            "Text": reviews["text"],
        }
    ).astype(object)
    extra = frame.iloc[rng.choice(len(frame), dirt["off_scale"])].reset_index(drop=True)
    extra["Review"], extra["Stars"] = [f"RV9{place}" for place in range(len(extra))], ["0", "6"] * (len(extra) // 2)
    return write_delimited(path, strew(rng, repeat_rows(rng, frame, dirt["duplicate"]), extra), "\t", "utf-16")
