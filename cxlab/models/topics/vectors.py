"""Units to vectors, and where their middle is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.topics.encoders import Encoder
from cxlab.models.topics.units import meant


def encode_once(encoder: Encoder, units: pd.DataFrame) -> NDArray[np.float32]:
    """Vectors of units (n, d); a text that stands there twice is encoded once."""
    texts = units["text"].tolist()
    if not encoder.across:
        texts = [meant(text, language) for text, language in zip(texts, units["language"], strict=True)]
    places, different = pd.factorize(np.asarray(texts, dtype=object))
    if not len(different):
        return np.zeros((0, 1), dtype=np.float32)
    found = encoder.encode([str(text) for text in different])
    return found if len(found) == len(places) else found[places]


def centre_of(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of the vectors that are not zero; zeros where all of them are the same, for then it would leave nothing."""
    told = vectors.any(axis=1)
    if not told.any():
        return np.zeros(vectors.shape[1], np.float32)
    most, least = (
        each(axis=0, where=told[:, None], initial=start)
        for each, start in ((vectors.max, -np.inf), (vectors.min, np.inf))
    )
    if np.allclose(most, least, atol=1e-6):
        return np.zeros(vectors.shape[1], np.float32)
    return (vectors.sum(axis=0, dtype=np.float64) / told.sum()).astype(np.float32)


def nearness(unit: NDArray[np.float32], middle: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cosine (n,) of each row with the middle of its topic; 0 where the label is -1."""
    own = np.zeros(len(unit))
    for place in range(len(middle)):
        rows = labels == place
        own[rows] = unit[rows] @ middle[place]
    return own
