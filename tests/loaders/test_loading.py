"""The whole road from data/raw to data/processed."""

from __future__ import annotations

import hashlib
import zipfile

import pandas as pd
import pytest

from cxlab.errors import InputError
from cxlab.loaders import load_project
from cxlab.tables import store
from cxlab.tables.project import Project

pytestmark = pytest.mark.slow


def test_no_exports_configured(trial):
    with pytest.raises(InputError, match="cxlab load --suggest FILE"):
        trial.load()


def test_manifest(trial, survey_block):
    path = trial.put("surveys/nps.csv", "id,date,score\nr1,2026-01-01 10:00,9\nr2,,\n")
    trial.put("README.md", "x")
    trial.put(".hidden", "x")
    trial.put("notes/other.txt", "x")
    trial.toml(survey_block("surveys/*.csv"))
    manifest = trial.load()
    assert manifest["loaded_at"] == "2026-01-01T00:00:00" and manifest["as_of"] == "2026-01-01T10:00:00"
    assert manifest["not_mapped"] == ["notes/other.txt"]
    (source,) = manifest["sources"]
    assert source["file"] == "surveys/nps.csv" and source["bytes"] == path.stat().st_size
    assert source["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest["tables"]["responses"]["rows"] == 2 and manifest["tables"]["responses"]["sha256"]
    assert manifest == store.manifest(trial.root)


def test_problems_of_all_files_are_raised_at_once_and_the_old_tables_stay(trial, survey_block):
    trial.put("nps.csv", "id,date,score\nr1,2026-01-01,9\n")
    trial.toml(survey_block())
    before = trial.load()
    trial.put("empty.csv", b"")
    trial.put("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\x00" * 99)
    trial.put("bad.csv", "id,date,score\nr1,x,y\n")
    trial.put("wrong.csv", "id,date,score\nr1,2026-01-01,ü\n".encode("cp1252"))
    trial.put("ambiguous.csv", "id,date,score\nr1,01/02/2026,1\n")
    names = ["empty.csv", "picture.csv", "bad.csv", "wrong.csv", "absent.csv", "ambiguous.csv"]
    trial.toml("".join(survey_block(name, more='encoding = "utf-8"' if name == "wrong.csv" else "") for name in names))
    with pytest.raises(InputError) as error:
        trial.load()
    text = str(error.value)
    assert all(name in text for name in names) and len(error.value.problems) >= len(names)
    assert "0 bytes" in text and "PNG" in text and "0xfc" in text and "day-first" in text
    assert store.manifest(trial.root) == before
    assert not list((trial.root / "data" / "processed").glob(".*"))


def test_several_broken_blocks_are_reported_together(trial, survey_block):
    trial.toml(survey_block(more="skip = 1") + survey_block(more='shape = "quartrics"'))
    with pytest.raises(InputError, match="(?s)'skip'.*'quartrics'"):
        trial.load()


def test_file_names_with_brackets_and_globs(trial, survey_block):
    trial.put("[nps] 2026.csv", "id,date,score\nr1,2026-01-01,9\n")
    trial.toml(survey_block("[nps] 2026.csv"))
    assert trial.blocks(trial.load())[0]["rows_kept"] == 1


def test_naughty_strings_survive_the_road(trial, survey_block, shared_data):
    lines = (shared_data / "messy-naughty-strings" / "blns.txt").read_text(encoding="utf-8").split("\n")
    lines = [
        line
        for line in lines
        if line.strip()
        and not line.startswith("#")
        and "\x00" not in line
        and "@" not in line
        and not line.strip().startswith("127.0.0.1")
    ]
    frame = pd.DataFrame({"id": [f"r{n}" for n in range(len(lines))], "date": "2026-01-01", "score": "9", "why": lines})
    (trial.root / "data" / "raw" / "nps.csv").write_bytes(frame.to_csv(index=False).encode("utf-8", "surrogatepass"))
    trial.toml(survey_block(columns='comment = "why"'))
    (block,) = trial.blocks(trial.load())
    stored = trial.table("responses").set_index("response_id")["comment"]
    changed = [(line, stored[f"r{n}"]) for n, line in enumerate(lines) if stored[f"r{n}"] != line]
    assert block["rows_kept"] == len(lines)
    assert all("[" in new for _, new in changed) and len(changed) <= 5, changed


TRUTH = """[[export]]
file = "{file}"
table = "responses"
{more}
[export.columns]
response_id = "{id}"
survey = {{ value = "csat" }}
answered_at = "{date}"
score = "{csat}"
comment = "{comment}"
app = "app"
"""
DISGUISES = {
    "truth_utf8.csv": {},
    "utf8_bom_crlf.csv": {},
    "excel_unicode_utf16le_bom_tab.txt": {},
    "embedded_newlines.csv": {},
    "double_encoded_mojibake.csv": {},
    "excel_de_cp1252_semicolon_decimalcomma.csv": {"more": 'decimal = ","'},
    "title_rows_and_footer.csv": {"more": "skip_rows = 3"},
    "mixed_date_formats.csv": {"more": 'dates = ["%m/%d/%Y %I:%M %p", "%d/%m/%Y", "%d %b %Y"]'},
    "duplicate_headers.csv": {"id": "id", "comment": "comment", "date": "date", "csat": "score.3"},
}


def _disguise(root, shared_data, file, **how):
    raw = root / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / file).write_bytes((shared_data / "messy-derived" / file).read_bytes())
    given = {"id": "review_id", "comment": "data", "date": "submitted", "csat": "csat", "more": "", **how}
    (root / "cxlab.toml").write_text(TRUTH.format(file=file, **given))
    return load_project(Project.read(root))["sources"][0]["blocks"][0], store.load("responses", root).set_index(
        "response_id"
    )


@pytest.mark.parametrize("file", list(DISGUISES)[1:])
def test_every_disguise_equals_the_truth(tmp_path, shared_data, file):
    _, truth = _disguise(tmp_path / "truth", shared_data, "truth_utf8.csv")
    block, table = _disguise(tmp_path / "disguise", shared_data, file, **DISGUISES[file])
    assert len(truth) == 450
    assert block["rows_in"] == block["rows_kept"] + block["rows_set_aside"]
    expected = 417 if "cp1252" in file else 450
    assert len(table) == expected
    truth = truth.loc[table.index]
    assert (table["score"] == truth["score"]).all() and (table["app"] == truth["app"]).all()
    if "mixed" in file:
        assert (table["answered_at"].dt.normalize() == truth["answered_at"].dt.normalize()).all()
    elif "cp1252" in file:
        assert (table["answered_at"] == truth["answered_at"].dt.floor("min")).all()
    else:
        assert (table["answered_at"] == truth["answered_at"]).all()
    if "mojibake" in file:
        assert any("encoded twice" in warning for warning in block["warnings"])
    elif "newlines" in file:
        assert (table["comment"].str.split().str.join(" ") == truth["comment"].str.split().str.join(" ")).all()
    else:
        assert (table["comment"] == truth["comment"]).all()
    if "footer" in file:
        assert block["why"] == {"too short": 1}
    if "utf16" in file or "bom" in file:
        assert not block["warnings"]


def test_mixed_dates_without_a_declaration_are_asked_for(tmp_path, shared_data):
    with pytest.raises(InputError, match="both orders of day and month occur"):
        _disguise(tmp_path, shared_data, "mixed_date_formats.csv")


def test_formula_cells_are_read_as_text(trial, shared_data, survey_block):
    trial.put("nps.csv", (shared_data / "messy-derived" / "formula_injection_cells.csv").read_bytes())
    trial.toml(
        survey_block(columns='comment = "comment"').replace('answered_at = "date"\n', "").replace('"score"', '"nps"')
    )
    (block,) = trial.blocks(trial.load())
    assert block["rows_in"] == 32 and "=1+1" in trial.table("responses")["comment"].tolist()


def test_service_desk_log(trial, shared_data):
    with zipfile.ZipFile(shared_data / "uci-incidents" / "incident_event_log.zip") as archive:
        (name,) = archive.namelist()
        trial.put("log.csv", archive.read(name))
    trial.toml("""[[export]]
file = "log.csv"
table = "tickets"
missing = ["?"]
keep = ["category.2"]
[export.columns]
ticket_id = "number"
opened_at = "opened_at"
resolved_at = "resolved_at"
closed_at = "closed_at"
reopened = { from = "reopen_count", above = 0 }
sla_met = "made_sla"
channel = "contact_type"
category = "category"
""")
    (block,) = trial.blocks(trial.load())
    table = trial.table("tickets")
    assert (block["rows_in"], block["rows_kept"]) == (141_712, 24_918)
    assert round(100 * table["reopened"].mean(), 3) == 1.104 and round(100 * table["sla_met"].mean(), 2) == 63.42
    hours = (table["resolved_at"] - table["opened_at"]).dt.total_seconds() / 3600
    assert round(hours.median(), 2) == 22.10 and int(hours.isna().sum()) == 1556
    assert (table["channel"] == "Phone").sum() == 24_688
    assert "category.2" in table and "?" not in set(table["category.2"].dropna())


def test_sfo_two_blocks_of_one_file(trial, shared_data):
    trial.put("2017.csv", (shared_data / "sfo-survey" / "2017_SFO_Customer_Survey.csv").read_bytes())
    block = """[[export]]
file = "2017.csv"
table = "responses"
keep = "none"
[export.columns]
response_id = {{ template = "2017-{{RESPNUM}}-{survey}" }}
survey = {{ value = "{survey}" }}
answered_at = {{ value = "2017-05-15" }}
score = {{ from = "{column}", missing = {missing} }}
weight = "WEIGHT"
"""
    trial.toml(
        block.format(survey="nps", column="NETPRO", missing='["11"]')
        + block.format(survey="csat", column="Q7ALL", missing='["0", "6", "Blank"]')
    )
    blocks = trial.blocks(trial.load())
    assert [(one["rows_in"], one["rows_kept"]) for one in blocks] == [(2831, 2831)] * 2
    table = trial.table("responses")
    nps = table[(table["survey"] == "nps") & table["score"].notna()]
    points = (nps["score"] >= 9).astype(int) - (nps["score"] <= 6).astype(int)
    assert len(nps) == 2746 and round(100 * points.mean(), 2) == 39.84
    assert round(100 * (points * nps["weight"]).sum() / nps["weight"].sum(), 2) == 40.40
    csat = table.loc[table["survey"] == "csat", "score"].dropna()
    assert round(100 * (csat >= 4).mean(), 2) == 82.07


def test_code_eleven_not_declared_is_set_aside_not_promoted(trial, shared_data, survey_block):
    trial.put("2017.csv", (shared_data / "sfo-survey" / "2017_SFO_Customer_Survey.csv").read_bytes())
    trial.toml(
        survey_block("2017.csv")
        .replace('"id"', '"RESPNUM"')
        .replace('answered_at = "date"\n', "")
        .replace('"score"', '"NETPRO"')
    )
    (block,) = trial.blocks(trial.load())
    assert block["why"] == {"score is outside the scale": 84}
