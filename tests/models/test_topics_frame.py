"""The topics as a BERTopic model: same clusters, words by language, saved and loaded, and no compiler behind it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxlab.models.topics.frame import _phrases, as_bertopic
from cxlab.models.topics.neighbours import NeighbourLeiden

pytest.importorskip("bertopic", reason="bertopic is not installed")

SAID = ["parcel came late", "invoice was charged twice", "soup tasted salty", "快递包裹延迟"]


@pytest.fixture(scope="module")
def planted() -> tuple[list[str], list[str], np.ndarray, NeighbourLeiden]:
    """Four topics of forty texts, the last in Chinese; vectors that know it."""
    rng = np.random.default_rng(1)
    which = np.repeat(np.arange(4), 40)
    vectors = np.eye(12)[which] + 0.05 * rng.normal(size=(160, 12))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    texts = [f"{SAID[topic]} {row}" for row, topic in enumerate(which)]
    return texts, ["zh" if topic == 3 else "en" for topic in which], vectors, NeighbourLeiden(resolution=0.5)


class Given:
    """Clusters that are there already: topic 3 of the texts is number 0, and so on."""

    labels_ = np.repeat([3, 2, 1, 0], 40)

    def fit(self, vectors: np.ndarray, y: object = None) -> Given:
        return self

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        return 3 - vectors[:, :4].argmax(axis=1)


@pytest.fixture(scope="module")
def model(planted: tuple[list[str], list[str], np.ndarray, NeighbourLeiden]) -> Any:
    return as_bertopic(*planted[:3], Given(), names=["慢", "Salty", "Charged", "Late"])


def test_topics_are_those_of_the_clusters(planted: tuple[Any, ...], model: Any) -> None:
    # BERTopic numbers topics of one size as it likes: the names stay with the texts.
    names = dict(zip(model.topic_sizes_, model.custom_labels_, strict=True))
    assert [names[topic] for topic in model.topics_] == np.repeat(["Late", "Charged", "Salty", "慢"], 40).tolist()
    found = as_bertopic(*planted)
    own = planted[3].labels_
    pairs = set(zip(found.topics_, own.tolist(), strict=True))
    assert len(pairs) == len(set(own)) == 4


def test_words_are_those_of_the_language(planted: tuple[Any, ...], model: Any) -> None:
    words = {planted[0].index(f"{said} {40 * at}"): said for at, said in enumerate(SAID)}
    for row, said in words.items():
        top = [word for word, _ in model.get_topic(model.topics_[row])[:4] if not word.isdigit()]
        assert top
        assert all(part in said for word in top for part in word.split())
    assert any("包裹" in word for word, _ in model.get_topic(model.topics_[130]))
    assert all(word not in ("was", "the") for topic in range(4) for word, _ in model.get_topic(topic))


def test_marks_of_language_are_not_shown(planted: tuple[Any, ...], model: Any) -> None:
    shown = [text for texts in model.representative_docs_.values() for text in texts]
    assert shown
    assert set(shown) <= set(planted[0])


def test_saved_and_loaded(model: Any, planted: tuple[Any, ...], tmp_path: Path) -> None:
    from bertopic import BERTopic

    model.save(tmp_path / "folder", serialization="safetensors", save_ctfidf=True)
    model.save(tmp_path / "file", serialization="pickle")
    for path in ("folder", "file"):
        again = BERTopic.load(tmp_path / path)
        assert again.topics_ == model.topics_
        assert again.custom_labels_ == model.custom_labels_
        assert dict(again.get_topic(0)) == pytest.approx(dict(model.get_topic(0)))
        found, _ = again.transform(planted[0][:50:10], embeddings=planted[2][:50:10])
        assert list(found) == model.topics_[:50:10]


def test_phrases_of_texts_put_together() -> None:
    one = _phrases("\x1fen\x1fThe parcel came late")
    assert "parcel" in one
    assert "the" not in one
    both = _phrases("\x1fen\x1fThe parcel came late \x1ffr\x1fLe colis est en retard \x1f\x1f42 colis")
    assert both[: len(one)] == one
    assert "colis" in both
    assert "le" not in both
    assert not any("late" in phrase and "colis" in phrase for phrase in both)
    assert _phrases("emptydoc") == []  # BERTopic's word for a text of nothing


def test_a_mark_inside_a_text_does_no_harm(planted: tuple[Any, ...]) -> None:
    texts, languages, vectors, cluster = planted
    odd = ["parcel \x1f came\x1flate", "\x1f", *texts[2:]]
    assert sorted(as_bertopic(odd, languages, vectors, cluster).topic_sizes_.values()) == [40] * 4


@pytest.mark.slow
def test_from_comments_without_umap_and_numba() -> None:
    script = """
import sys
from cxlab.models.topics.hearing import hear_topics
said = {"parcel": "came late", "invoice": "was charged twice", "soup": "tasted salty"}
texts = [f"The {what} {how} on {day} in {city}" for what, how in said.items()
         for day in ("Monday", "Tuesday", "Thursday", "Friday", "Saturday", "Sunday", "May day", "pay day") for city in
         ("Paris", "Rome", "Oslo", "Bern", "Kyiv", "Lima", "Cairo", "Delhi", "Quito")]
topics = hear_topics(texts)
assert "bertopic" not in sys.modules, "hearing alone takes BERTopic with it"
model = topics.as_bertopic()
names = dict(zip(topics.names["topic"], topics.names["name"])) | {None: ""}
given = dict(zip(sorted(model.topic_sizes_), model.custom_labels_))
assert [given[n] if n >= 0 else "" for n in model.topics_] == [names[t] for t in topics.units["topic"]]
heavy = {"umap", "numba", "hdbscan", "torch", "sentence_transformers", "wordllama"} & set(sys.modules)
assert not heavy, heavy
print("fine")
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "fine", run.stderr[-2000:]
