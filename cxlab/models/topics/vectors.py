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
    return encoder.encode([str(text) for text in different])[places]


def centre_of(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of the vectors that are not zero; zeros where all of them are the same, for then it would leave nothing."""
    told = vectors[np.abs(vectors).sum(axis=1) > 0]
    if not len(told) or np.allclose(told, told[0], atol=1e-6):
        return np.zeros(vectors.shape[1], np.float32)
    return told.mean(axis=0, dtype=np.float64).astype(np.float32)
