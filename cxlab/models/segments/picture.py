"""How customers lie between two segments: the one picture that shows honestly whether there is a gap."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.models.segments.grouping import Segments
from cxlab.models.segments.judging import axis, profile, valley
from cxlab.models.segments.space import Array, read_again

_FEWEST = 5


def between(groups: Segments) -> tuple[str, str, pd.DataFrame, float]:
    """The two segments with the shallowest valley between them, and how customers lie there.

    Returns their names (in order), a frame (place, density, first, second: along the direction that tells the two
    apart; the latter are the segments' own and add up to density), and the density at the deepest point between their
    middles as a share of the lower peak (1: no valley). Any other two lie further apart. The direction is learned from
    one half of the customers and shown for the other, so that it shows no gap that is only chance; it is made of
    numbers, counts blurred within their step. Raises ParameterError where the segments are too small or no number
    takes part.
    """
    space = groups.borders[0]
    rng = np.random.default_rng([groups.seed, 8])
    smooth = space.smooth(read_again(space, groups.features, "the picture"), rng)
    labels = groups.labels.to_numpy()
    learn, look = np.array_split(rng.permutation(len(labels)), 2)
    enough = [name for name in groups.names if min((labels[half] == name).sum() for half in (learn, look)) >= _FEWEST]
    if not smooth.shape[1] or len(enough) < 2:
        raise ParameterError("no picture can be drawn of what lies between the segments: too few customers or numbers.")
    found = {}
    for one, other in combinations(enough, 2):
        direction = axis(smooth[learn], labels[learn], one, other)
        sides = tuple(smooth[look][labels[look] == name] @ direction for name in (one, other))
        found[one, other] = (valley(*sides), sides)
    one, other = max(found, key=lambda pair: found[pair][0])
    depth, sides = found[one, other]
    return one, other, _drawn(*sides), depth


def _drawn(first: Array, second: Array) -> pd.DataFrame:
    from scipy.ndimage import gaussian_filter1d

    places, density, _ = profile(first, second)
    step, total = places[1] - places[0], len(first) + len(second)
    edges = np.append(places - step / 2, places[-1] + step / 2)
    width = 1.06 * np.sqrt((first.var() * len(first) + second.var() * len(second)) / total) * total**-0.2 / step
    own = [
        gaussian_filter1d(np.histogram(part, edges)[0] / (total * step), max(float(width), 1e-9), mode="constant")
        for part in (first, second)
    ]
    return pd.DataFrame({"place": places, "density": density, "first": own[0], "second": own[1]})
