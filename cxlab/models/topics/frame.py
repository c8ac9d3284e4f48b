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
    cluster, set as custom labels. Grootendorst 2022, arXiv 2203.05794.
    """
    with _without("umap", "hdbscan"):
        from bertopic import BERTopic
        from bertopic.dimensionality import BaseDimensionalityReduction
    from sklearn.feature_extraction.text import CountVectorizer

    model = BERTopic(
        embedding_model=None,
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=cluster,
        vectorizer_model=CountVectorizer(analyzer=_phrases),
        calculate_probabilities=False,
    )
    # BERTopic knows no language of a text: it stands before it, and the analyzer takes it off again.
    marked = [f"{language}{_LANGUAGE}{text}" for text, language in zip(texts, languages, strict=True)]
    model.fit(marked, embeddings=vectors)
    if names:
        model.set_topic_labels({place: name for place, name in enumerate(names) if place in model.topic_sizes_})
    return model


def _phrases(marked: str) -> list[str]:
    """Phrases of one text; of a whole topic's texts put together by BERTopic, of each text by its language."""
    found: list[str] = []
    head, *rest = marked.split(_LANGUAGE)
    language = head.strip()
    for place, piece in enumerate(rest):
        text = piece
        following = language
        if place + 1 < len(rest):
            text, _, following = piece.rpartition(" ")
        found += phrases(text, language, longest=2)
        language = following.strip()
    return found


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
