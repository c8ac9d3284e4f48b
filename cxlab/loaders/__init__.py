"""From exports as they come to canonical tables: one file per kind of export, everything read as text first."""

from __future__ import annotations

from cxlab.loaders.loading import load_project
from cxlab.loaders.raw import RawExport
from cxlab.loaders.reading import read_raw
from cxlab.loaders.suggest import suggest

__all__ = ["RawExport", "load_project", "read_raw", "suggest"]
