"""Labels mean topics where words or meaning say so, and "unsure" is an answer; people decide where they did."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import TableError
from cxlab.models.topics.encoders import encoder_of
from cxlab.models.voice import outside_in, touchpoints_in
from cxlab.models.voice.likeness import Label, nearest_labels

TOUCHPOINTS = [
    "help desk: support, tickets",
    "contract and price: licence, costs",
    "reports: dashboards, performance",
    "telephone: hotline, phone menu",
    "certification: exam",
]
TOPICS = pd.DataFrame(
    {
        "topic": ["T01", "T02", "T03", "T04"],
        "name": ["support took days", "too expensive", "ai assistant makes up answers", "reports slow month end"],
        "terms": [["tickets open", "help desk"], ["price", "licence costs"], ["chatbot", "figures"], ["loading"]],
    }
)


@pytest.fixture(scope="module")
def members() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(rng.random((500, 4)) < [0.2, 0.1, 0.15, 0.05], columns=TOPICS["topic"].tolist())


@pytest.fixture(scope="module")
def comments() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"c{row}" for row in range(500)]})


def test_themes_without_a_touchpoint_are_found_and_touchpoints_without_a_theme(
    members: pd.DataFrame, comments: pd.DataFrame
) -> None:
    found = outside_in(members, comments, TOPICS, TOUCHPOINTS, encode=encoder_of("static").encode)
    themes = found.themes.set_index("topic")
    assert themes["status"].to_dict() == {"T01": "covered", "T02": "covered", "T03": "not covered", "T04": "covered"}
    assert themes.loc["T04", "touchpoint"] == "reports"
    assert themes.loc["T03", "n"] == members["T03"].sum()
    assert themes["n"].is_monotonic_decreasing
    quiet = found.touchpoints[found.touchpoints["status"] == "nobody speaks of it"]
    assert quiet["touchpoint"].tolist() == ["telephone", "certification"]
    assert (quiet["share"] == 0).all()
    # Wilson's upper limit of none in 500.
    assert quiet["high"].tolist() == pytest.approx([0.00762] * 2, abs=1e-5)


def test_the_peoples_file_decides(members: pd.DataFrame, comments: pd.DataFrame) -> None:
    topics = TOPICS.assign(touchpoint=["none", "Telephone", "", "the new portal"])
    found = outside_in(members, comments, topics, TOUCHPOINTS)
    themes = found.themes.set_index("topic")
    assert themes.loc["T01", ["status", "said_by"]].tolist() == ["not covered", "people's file"]
    assert themes.loc["T02", ["status", "touchpoint"]].tolist() == ["covered", "telephone"]
    assert themes.loc["T04", ["status", "touchpoint"]].tolist() == ["covered", "the new portal"]
    assert themes.loc["T03", "said_by"] == "words"
    told = found.touchpoints.set_index("touchpoint")
    assert told.loc["telephone", ["status", "n"]].tolist() == ["spoken of", members["T02"].sum()]
    assert told.loc["help desk", "status"] != "spoken of"


def test_a_touchpoint_that_may_be_meant_is_not_called_unmentioned(
    members: pd.DataFrame, comments: pd.DataFrame
) -> None:
    topics = TOPICS.assign(name=["waiting for months", "x", "y", "z"], terms=[["exam papers"], [], [], []])
    # Half a word in common, and a meaning that is neither near nor far.
    found = outside_in(members, comments, topics, ["certification exam board: diploma"], encode=lambda texts: np.array(
        [[1.0, 0.0] if "certification" in text or "waiting" in text else [0.0, 1.0] for text in texts]
    ) + [[0.0, 0.9]])  # fmt: skip
    assert found.themes.set_index("topic").loc["T01", "status"] in ("covered", "unsure")
    assert found.touchpoints["status"].iloc[0] in ("spoken of", "unsure")


def test_without_touchpoints_nothing_is_covered(members: pd.DataFrame, comments: pd.DataFrame) -> None:
    found = outside_in(members, comments, TOPICS, [])
    assert set(found.themes["status"]) == {"not covered"}
    assert found.touchpoints.empty


def test_the_list_is_that_of_the_settings_else_the_journeys() -> None:
    assert touchpoints_in(["a: b", "a: b", "c"], ["sale"]) == ["a: b", "c"]
    assert touchpoints_in(None, ["first sales call", "renewal"]) == ["first sales call", "renewal"]
    assert touchpoints_in({"help desk": ["support", "tickets"]}) == ["help desk: support, tickets"]
    assert Label.read("help desk: support, tickets") == Label("help desk", ("support", "tickets"))


def test_two_labels_equally_near_leave_it_open() -> None:
    labels = [Label("price"), Label("price", ("price",))]
    found = nearest_labels(TOPICS.loc[[1]], labels)
    assert found["likeness"].tolist() == ["unsure"]


def test_a_word_that_every_topic_has_tells_nothing() -> None:
    names = ["card arrives late", "card declined abroad", "card was swallowed", "card number shown"]
    topics = pd.DataFrame({"topic": list("abcd"), "name": names})
    found = nearest_labels(topics, [Label("card delivery"), Label("fees")])
    assert "like" not in set(found["likeness"])
    assert (found["overlap"] < 0.5).all()


def test_german_words_meet_by_their_stems() -> None:
    topics = pd.DataFrame({"topic": ["a"], "name": ["Schnittstellen fallen aus"]})
    found = nearest_labels(topics, [Label("Schnittstelle"), Label("Vertrag")], language="de")
    assert found.loc["a", ["label", "likeness"]].tolist() == ["Schnittstelle", "like"]


def test_topics_need_names() -> None:
    with pytest.raises(TableError, match="name"):
        nearest_labels(pd.DataFrame({"topic": ["T01"]}), [Label("price")])
