"""How customers lie between two segments: the one picture that shows honestly whether there is a gap."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.segments.grouping import Segments
from cxlab.models.segments.judging import axis, profile, valley
from cxlab.models.segments.space import read_again


def between(groups: Segments, one: str, other: str) -> tuple[pd.DataFrame, float]:
    """Density along the direction that tells two segments apart: place, density, first, second; and its deepest point
    between their middles as a share of the lower peak (1: no valley).

    `first` and `second` are the segments' own densities, in the proportion of their customers; they add up to
    `density`. The direction is learned from one half of the customers and shown for the other, so that it shows no gap
    that is only chance; it is made of numbers, counts blurred within their step. Raises ParameterError where the
    segments are too small or no number takes part.
    """
    from scipy.ndimage import gaussian_filter1d

    for name in (one, other):
        if name not in groups.names:
            raise ParameterError.unknown("segment", name, groups.names)
    space = groups.borders[0]
    frame = read_again(space, groups.features, "the picture")
    rng = np.random.default_rng([groups.seed, 8])
    smooth, labels = space.smooth(frame, rng), groups.labels.to_numpy()
    learn, look = np.array_split(rng.permutation(len(labels)), 2)
    few = min((labels[half] == name).sum() for half in (learn, look) for name in (one, other))
    if not smooth.shape[1] or few < 5:
        raise ParameterError("no picture can be drawn of what lies between the segments: too few customers or numbers.")
    direction = axis(smooth[learn], labels[learn], one, other)
    first, second = (smooth[look][labels[look] == name] @ direction for name in (one, other))
    places, density, _ = profile(first, second)
    step = places[1] - places[0]
    edges = np.append(places - step / 2, places[-1] + step / 2)
    total = len(first) + len(second)
    width = 1.06 * np.sqrt((first.var() * len(first) + second.var() * len(second)) / total) * total**-0.2 / step
    own = [
        gaussian_filter1d(np.histogram(part, edges)[0] / (total * step), max(width, 1e-9), mode="constant")
        for part in (first, second)
    ]
    return pd.DataFrame({"place": places, "density": density, "first": own[0], "second": own[1]}), valley(first, second)
