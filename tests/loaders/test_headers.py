"""Header rows of survey tools."""

from __future__ import annotations

import pytest

from cxlab.errors import InputError
from cxlab.loaders.headers import name_columns, recognise, unique_names
from cxlab.loaders.reading import read_raw


def test_unique_names():
    assert unique_names(["a", "a", "", "column 3", "a"]) == ["a", "a.2", "column 3.2", "column 3", "a.3"]


def test_surveymonkey_names_carry_the_question_forward():
    header = [["Respondent ID", "Which?", "", "Score", "Why?"], ["", "Red", "Blue", "Response", "Open-Ended Response"]]
    assert recognise([*header, ["1", "Red", "", "9", "x"]], "auto", "f") == ("surveymonkey", 2)
    names, _, labels = name_columns(header, "surveymonkey", trim=False)
    assert names == ["Respondent ID", "Which? | Red", "Which? | Blue", "Score", "Why?"]
    assert labels["Which? | Blue"] == "Which?"


def test_an_empty_second_row_of_data_is_not_a_header():
    assert recognise([["id", "type"], ["1", "Response"], ["2", "x"]], "auto", "f") == ("plain", 1)
    assert recognise([["id", "", "type"], ["1", "", "x"]], "auto", "f") == ("plain", 1)


def test_unknown_shape():
    with pytest.raises(InputError, match="qualtrix"):
        recognise([["a"]], "qualtrix", "f")


@pytest.mark.parametrize(
    ("file", "shape", "rows", "columns"),
    [
        ("qualtrics-sample/sample.csv", "qualtrics", 1, 20),
        ("qualtrics-sample/sample_legacy.csv", "qualtrics", 1, 16),
        ("surveymonkey-cncf/CNCF_Maintainers_Survey_2020_H2.csv", "surveymonkey", 97, 103),
        ("surveymonkey-cncf/CNCF_Maintainers_Survey_2021_H2.csv", "surveymonkey", 102, 35),
        ("surveymonkey-cncf/Cloud_Native_Survey_2019.csv", "surveymonkey", 1337, 427),
        ("surveymonkey-cncf/Strimzi_Survey_2022.csv", "surveymonkey", 41, 30),
        ("surveymonkey-starwars/StarWars.csv", "surveymonkey", 1186, 38),
        ("surveymonkey-flying/flying-etiquette.csv", "plain", 1040, 27),
        ("jupyter2020-survey/all_responses.csv", "plain", 1135, 216),
        ("googleforms-osmi2014/survey.csv", "plain", 1259, 27),
        ("surveygizmo-jupyter2015/20160115235816-SurveyExport.csv", "plain", 1706, 37),
    ],
)
def test_real_exports(shared_data, file, shape, rows, columns):
    raw = read_raw(shared_data / file)
    assert (raw.shape, raw.rows_in, raw.frame.shape[1]) == (shape, rows, columns)
    assert len(raw.aside) == 0


def test_qualtrics_keeps_the_questions_as_labels(shared_data):
    raw = read_raw(shared_data / "qualtrics-sample" / "sample.csv")
    assert raw.labels["Q1"] == "This is a multiple choice question."
    assert raw.row.tolist() == [4]
    legacy = read_raw(shared_data / "qualtrics-sample" / "sample_legacy.csv")
    assert legacy.frame["ResponseID"].tolist() == ["R_2YPOQ602ER1jkf1"]
    assert legacy.labels["Q2"] == "This is a free text question."


def test_star_wars_published_figures(shared_data):
    frame = read_raw(shared_data / "surveymonkey-starwars" / "StarWars.csv").frame
    shot = frame["Which character shot first?"]
    assert ((shot == "Han").sum(), (shot == "Greedo").sum(), (shot != "").sum()) == (325, 197, 828)


def test_cncf_own_average(shared_data):
    frame = read_raw(shared_data / "surveymonkey-cncf" / "CNCF_Maintainers_Survey_2020_H2.csv").frame
    name = next(name for name in frame.columns if name.startswith("Would you recommend") and " | " not in name)
    scores = frame[name].astype(float)
    assert len(scores) == 97 and round(scores.mean(), 3) == 8.804
