"""Topics of real comments: quality against codes, agreement of seeds and samples, two languages, human code frames."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlab.models.topics.hearing import Topics, hear_topics
from cxlab.models.topics.neighbours import NeighbourLeiden

pytestmark = pytest.mark.slow

Coded = tuple[Topics, np.ndarray]


def agreements(codes: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Adjusted mutual information and adjusted Rand index; comments in no topic are one cluster."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    return float(adjusted_mutual_info_score(codes, labels)), float(adjusted_rand_score(codes, labels))


def numbers(topics: Topics) -> np.ndarray:
    place = {topic: at for at, topic in enumerate(topics.names["topic"])}
    return np.array([place.get(topic, -1) for topic in topics.labels])


def coded(file: Path, text: str, code: str) -> pd.DataFrame:
    rows = pd.read_csv(file)[[text, code]].dropna()
    return rows.rename(columns={text: "text", code: "code"})


@pytest.fixture(scope="module")
def banking(shared_data: Path) -> Coded:
    """All 13,083 questions of Banking77."""
    rows = pd.concat(
        [coded(shared_data / "banking77" / name, "text", "category") for name in ("train.csv", "test.csv")]
    )
    return hear_topics(rows["text"].tolist()), rows["code"].to_numpy()


@pytest.fixture(scope="module")
def nhs(shared_data: Path) -> Coded:
    """All 10,302 comments of the NHS that have a sub-code."""
    rows = coded(shared_data / "nhs-fft-phase1" / "text_data.csv", "feedback", "subcategory")
    return hear_topics(rows["text"].tolist()), rows["code"].to_numpy()


def test_banking77(banking: Coded) -> None:
    topics, codes = banking
    labels = numbers(topics)
    mutual, rand = agreements(codes, labels)
    assert round(mutual, 2) >= 0.75
    assert rand >= 0.45
    assert (labels < 0).mean() <= 0.02


def test_nhs(nhs: Coded) -> None:
    topics, codes = nhs
    comments = topics.prepared.comments
    heard, labels = comments["heard"].to_numpy(), numbers(topics)
    mutual, rand = agreements(codes[heard], labels[heard])
    has_theme = np.zeros(len(labels), dtype=bool)
    has_theme[topics.units["comment"]] = True
    assert mutual >= 0.18
    assert rand >= 0.05
    assert (labels[has_theme] < 0).mean() <= 0.05
    # Non-answers are set aside, and are what the NHS coded so: nine in ten "nothing to improve".
    aside = comments["why"].eq("non-answer").to_numpy()
    assert aside.sum() > 900
    assert (codes[aside] == "Nothing to improve").mean() > 0.9
    # A feeling without a theme: coded as praise or as nothing to improve, hardly ever as a theme.
    general = ["Nothing to improve", "Care received", "Everything was good/bad", "Staff: General", "Nothing was good"]
    assert np.isin(codes[heard & ~has_theme], general).mean() > 0.9


@pytest.mark.parametrize("name", ["banking", "nhs"])
def test_seeds_agree(name: str, request: pytest.FixtureRequest) -> None:
    topics, _ = request.getfixturevalue(name)
    unit = topics.known.centred(topics.vectors)
    place = topics.units["topic"].map({topic: at for at, topic in enumerate(topics.names["topic"])})
    drawn = [place.to_numpy(), topics.cluster(unit, 1), topics.cluster(unit, 2)]
    agreed = [agreements(one, other)[1] for one, other in combinations(drawn, 2)]
    assert min(agreed) >= 0.85


def test_same_words_same_topic(nhs: Coded) -> None:
    topics, _ = nhs
    assert topics.units.groupby("text")["topic"].nunique().max() == 1


def test_a_sample_finds_nearly_as_much(banking: Coded) -> None:
    topics, codes = banking
    unit, code = topics.known.centred(topics.vectors), codes[topics.units["comment"]]
    place = topics.units["topic"].map({topic: at for at, topic in enumerate(topics.names["topic"])})
    whole = agreements(code, place.to_numpy())
    # Half of them, joined to half as many neighbours: topics are found in the sample, the rest goes to the nearest.
    sampled = agreements(code, NeighbourLeiden(15, 2.0, smallest=8, most=len(unit) // 2).fit_predict(unit))
    assert whole[0] - sampled[0] < 0.035
    assert whole[1] - sampled[1] < 0.05


def test_mini_bar_speaks_two_languages(shared_data: Path) -> None:
    files = sorted((shared_data / "minibar-app-reviews" / "clustering").glob("*.csv"))
    parts = [pd.read_csv(file).dropna(subset=["data"]).assign(file=file.stem) for file in files]
    rows = pd.concat(parts)
    topics = hear_topics(rows["data"].tolist())
    # Whichever it is, the page says so: this encoder does not compare languages.
    assert any("French" in remark and "stands as two topics" in remark for remark in topics.remarks)
    spoken = topics.prepared.comments["language"].to_numpy()
    assert (spoken == rows["ori_lang"].to_numpy()).mean() > 0.97
    for topic in topics.names["topic"]:
        languages = topics.units.loc[topics.units["topic"] == topic, "language"]
        assert languages.isin(["en", ""]).mean() > 0.95 or languages.eq("fr").mean() > 0.8
    hand = (rows["file"] + " " + rows["ground_truth"].astype(str)).to_numpy()
    told = numbers(topics) >= 0
    mutual, rand = agreements(hand[told], numbers(topics)[told])
    assert mutual > 0.12
    assert rand > 0.03
    for part in parts:
        one = hear_topics(part["data"].tolist())
        some = numbers(one) >= 0
        mutual, rand = agreements(part["ground_truth"].to_numpy()[some], numbers(one)[some])
        assert any("French" in remark for remark in one.remarks)


QUESTIONS = [
    "hinderances",
    "integrations",
    "workflow_needs_not_addressed",
    "pleasant_aspects",
    "difficult_aspects",
    "features_changes",
    "first_experience_enhancements",
]


def test_jupyter_themes_against_human_frames(shared_data: Path) -> None:
    folder = shared_data / "surveygizmo-jupyter2015" / "human_themes"
    answers = pd.read_csv(folder / "survey_short_columns.csv", index_col=0)
    found, lifts = [], []
    for question in QUESTIONS:
        columns = [name for name in answers if name == question or name.startswith(f"{question}_")]
        given = answers[columns].fillna("").agg(lambda row: ". ".join(filter(None, map(str.strip, row))), axis=1)
        human = pd.read_csv(folder / f"{question}_themes.csv", sep=";", index_col=0).iloc[:, 0].dropna()
        rows = [row for row in human.index if row in given.index and given[row]]
        themes = human[rows].str.split(",").map(lambda each: [theme.strip() for theme in each])
        topics = hear_topics(given[rows].tolist())
        mutual, rand = agreements(themes.str[0].to_numpy(), numbers(topics))
        found.append(mutual)
        held = topics.members.to_numpy()
        for theme in sorted(set(themes.explode())):
            told = themes.map(lambda each, theme=theme: theme in each).to_numpy()
            if 15 <= told.sum() <= len(rows) / 3:
                lifts.append(max(told[held[:, at]].mean() for at in range(held.shape[1])) / told.mean())
    assert np.mean(found) > 0.14
    assert min(found) > 0.05
    # A human theme has a topic in which it is several times as frequent as among all.
    assert np.median(lifts) > 2.5
