"""Steps from one score to another, as `figures.adding_up` takes them."""

from __future__ import annotations

from cxlab.report import prose

NO_INTERVAL = {"low": float("nan"), "high": float("nan")}


def mark(name: str, value: float) -> dict[str, object]:
    """A score at which the steps begin or end."""
    return {"step": name, "value": value, "is_total": True, **NO_INTERVAL, "seen": True}


def step(name: str, value: float, low: float, high: float, *, seen: bool) -> dict[str, object]:
    """Points on the way, with their interval; `seen` where they can be told from nought."""
    return {"step": name, "value": value, "is_total": False, "low": low, "high": high, "seen": seen}


def is_told(low: float, high: float) -> bool:
    """Whether an interval is there and leaves nought out."""
    return prose.is_finite(low) and prose.is_finite(high) and (low > 0 or high < 0)
