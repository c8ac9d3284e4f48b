"""Segments: who our customers are, whether that grouping is real, and what becomes of it from quarter to quarter."""

from cxlab.models.segments.drivers import segment_drivers
from cxlab.models.segments.finding import find_segments
from cxlab.models.segments.following import come_and_gone, match, movement, what_moved
from cxlab.models.segments.grouping import CONSTRUCTIVE, NATURAL, REPRODUCIBLE, Segments
from cxlab.models.segments.measures import segment_measures, with_segments

__all__ = [
    "CONSTRUCTIVE",
    "NATURAL",
    "REPRODUCIBLE",
    "Segments",
    "come_and_gone",
    "find_segments",
    "match",
    "movement",
    "segment_drivers",
    "segment_measures",
    "what_moved",
    "with_segments",
]
