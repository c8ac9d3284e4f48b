"""The same topics as a BERTopic model: its c-TF-IDF, representations, charts and saving for those who know it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxlab.models.texts.words import phrases

_LANGUAGE = "\x1f"


def as_bertopic(
    texts: Sequence[str],
    languages: Sequence[str],
    vectors: NDArray[np.float32],
    cluster: Any,
    names: Sequence[str] = (),
) -> Any:
    """A fitted `bertopic.BERTopic` whose clusters are those of `cluster` (fit, predict, labels_) on `vectors` (n, d).

    No dimension is reduced and nothing is embedded again. Words are cut as each text's language asks. names: labels by
    cluster, set as custom labels. BERTopic numbers its topics from the largest on. Grootendorst 2022, arXiv 2203.05794.

    BERTopic is imported here without umap and hdbscan: for its default recipe in the same process import it before.
    """
    with _without("umap", "hdbscan"):
        from bertopic import BERTopic
        from bertopic.dimensionality import BaseDimensionalityReduction
    from sklearn.feature_extraction.text import CountVectorizer

    model = BERTopic(
        language="multilingual",  # "english" would take every other letter out
        embedding_model=None,
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=cluster,
        vectorizer_model=CountVectorizer(analyzer=_phrases),
        calculate_probabilities=False,
    )
    # BERTopic knows no language of a text: it stands before it, and the analyzer takes it off again.
    marked = [
        f"{_LANGUAGE}{language}{_LANGUAGE}{text.replace(_LANGUAGE, ' ')}"
        for text, language in zip(texts, languages, strict=True)
    ]
    model.fit(marked, embeddings=vectors)
    model.representative_docs_ = {
        topic: [text.rpartition(_LANGUAGE)[2] for text in shown] for topic, shown in model.representative_docs_.items()
    }
    # BERTopic numbers topics by their size, whatever the clusterer's numbers are.
    number = dict(zip(np.asarray(cluster.labels_).tolist(), model.topics_, strict=True))
    if names:
        model.set_topic_labels({number[place]: name for place, name in enumerate(names) if place in number})
    return model


def _phrases(marked: str) -> list[str]:
    """Phrases of one text, or of a topic's texts as BERTopic puts them together, each by its language."""
    pieces = marked.split(_LANGUAGE)[1:]
    return [
        phrase
        for language, text in zip(pieces[::2], pieces[1::2], strict=True)
        for phrase in phrases(text, language, longest=2)
    ]


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """Hide packages that BERTopic imports if they are there: numba compiles for seconds, and nobody needs it here."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
