"""Why rows are set aside."""

from __future__ import annotations

import numpy as np


class Reasons:
    """Why each row is set aside; a row may have several reasons, the first one names the kind."""

    def __init__(self, rows: int) -> None:
        self.out = np.zeros(rows, dtype=bool)
        self.why: dict[int, list[str]] = {}
        self.kind: dict[int, str] = {}

    def add(self, places: np.ndarray, kind: str, whys: list[str]) -> None:
        """Set rows aside: their positions, the kind of reason, and the reason of each."""
        self.out[places] = True
        for place, why in zip(places.tolist(), whys, strict=True):
            self.why.setdefault(place, []).append(why)
            self.kind.setdefault(place, kind)
