"""A project in a temporary folder, and loading it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cxlab.loaders import load_project
from cxlab.tables import store
from cxlab.tables.project import Project


class Trial:
    """A project folder to fill with exports and load."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.raw = root / "data" / "raw"
        self.raw.mkdir(parents=True)

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def toml(self, text: str) -> None:
        (self.root / "cxlab.toml").write_text(text, encoding="utf-8")

    def load(self) -> dict:
        return load_project(Project.read(self.root), loaded_at="2026-01-01T00:00:00")

    def table(self, name: str):
        return store.load(name, self.root)

    def aside(self, name: str):
        return store.set_aside(name, self.root)

    def blocks(self, manifest: dict) -> list[dict]:
        return [block for source in manifest["sources"] for block in source["blocks"]]


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)


@pytest.fixture
def survey_block() -> Callable[..., str]:
    """A block for a small NPS export; `more` goes above, `columns` below [export.columns]."""

    def block(file: str = "nps.csv", more: str = "", columns: str = "") -> str:
        return (
            f'[[export]]\nfile = "{file}"\ntable = "responses"\n{more}\n[export.columns]\nresponse_id = "id"\n'
            f'survey = {{ value = "nps" }}\nanswered_at = "date"\nscore = "score"\n{columns}\n'
        )

    return block
