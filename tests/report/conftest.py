"""Small frames that the report floor's tests share."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

PAYLOADS = [
    "<script>document.x=1</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title></svg><svg onload=alert(1)>",
    "<!-- --><iframe src=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "[x](javascript:alert(1))",
    "50% off $x^$ and $\\frac{1}$",
    "a\x00b\u202ec",
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for a `payload` meets all of them."""
    if "payload" in metafunc.fixturenames:
        metafunc.parametrize("payload", PAYLOADS)


_ATTRIBUTES = {
    "class",
    "scope",
    "colspan",
    "role",
    "aria-label",
    "aria-hidden",
    "tabindex",
    "dir",
    "viewbox",
    "width",
    "height",
    "points",
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "alt",
    "src",
    "srcset",
    "media",
    "style",
}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_comment(self, data):
        self.tags.add("comment")


def _assert_inert(html: str, allowed: set[str]) -> None:
    """Only the house's own tags and attributes, no outside address, no control characters."""
    reader = _Reader()
    reader.feed(html)
    assert reader.tags <= allowed, reader.tags - allowed
    for name, value in reader.attributes:
        assert name in _ATTRIBUTES, name
        if name in ("src", "srcset"):
            assert value.startswith("data:image/png;base64,")
        if name == "style":
            assert value == "max-width:100%;height:auto"
    assert not any(char in html for char in ("\x00", "\u202e", "\ud800"))


@pytest.fixture
def assert_inert():
    return _assert_inert


@pytest.fixture
def change_row():
    return _change_row


@pytest.fixture
def dictionary() -> pd.DataFrame:
    rows = [
        ("nps", "Net Promoter Score", "points", "up", "Promoters less detractors."),
        ("csat", "Satisfaction after support", "share", "up", "Share of satisfied answers."),
        ("resolution_time", "Resolution time, median", "hours", "down", "Time until half are resolved."),
        ("ttfv", "Time to first value", "days", "down", "Time until half see value."),
        ("net_revenue_retention", "Net revenue retention", "share", "up", "Revenue kept."),
    ]
    frame = pd.DataFrame(rows, columns=["kpi", "name", "unit", "better", "definition"])
    return frame.assign(table="responses", source="", margin=2.0, relative=False)


@pytest.fixture
def kpis() -> pd.DataFrame:
    rows = [
        ("nps", 31.0, 26.8, 35.2, 1214.0),
        ("csat", 0.824, 0.811, 0.836, 3480.0),
        ("resolution_time", 29.8, 27.1, 33.0, 4102.0),
        ("ttfv", np.nan, np.nan, np.nan, 3.0),
    ]
    frame = pd.DataFrame(rows, columns=["kpi", "value", "low", "high", "n"])
    return frame.assign(period="2026-Q3", n_eff=frame["n"])


def _change_row(kpi: str, verdict: str, change: float, low: float, high: float, **more: object) -> dict[str, object]:
    base = {
        "kpi": kpi,
        "period": "2026-Q3",
        "before": "2026-Q2",
        "value": 31.0,
        "value_before": 31.0 - change,
        "change": change,
        "low": low,
        "high": high,
        "p": 0.01,
        "q": 0.02,
        "smallest_detectable": (high - low) / 2,
        "margin": 2.0,
        "verdict": verdict,
        "n": 1214.0,
        "n_before": 1100.0,
    }
    return base | more


@pytest.fixture
def changes() -> pd.DataFrame:
    return pd.DataFrame(
        [
            _change_row("nps", "moved up", 7.2, 1.9, 12.5),
            _change_row("nps", "moved up", 9.1, 3.9, 14.3, before="2025-Q3"),
            _change_row("csat", "flat", -0.003, -0.019, 0.013, value=0.824, value_before=0.827, margin=0.02, q=0.8),
            _change_row("resolution_time", "cannot tell", 1.4, -3.1, 5.9, value=29.8, value_before=28.4, q=0.5),
        ]
    )


@pytest.fixture
def trend() -> pd.DataFrame:
    periods = [f"{year}-Q{quarter}" for year in (2025, 2026) for quarter in (1, 2, 3, 4)][:7]
    values = np.array([20.0, 22.0, np.nan, 25.0, 24.0, 24.0, 31.0])
    return pd.DataFrame(
        {
            "kpi": "nps",
            "period": periods,
            "value": values,
            "low": values - 4,
            "high": values + 4,
            "n": 1000.0,
            "n_eff": 1000.0,
        }
    )
