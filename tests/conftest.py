"""Fixtures for every floor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the project; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("CXLAB_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the shared data sets are not at {folder} (set CXLAB_SHARED_DATA)")
    return folder
