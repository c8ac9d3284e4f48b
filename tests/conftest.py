"""Fixtures for every floor: the real data sets beside the project, and a browser. Both say so where they are absent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

QUIET = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--disable-default-apps --disable-domain-reliability --no-first-run --no-pings"
).split()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the project; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("CXLAB_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the shared data sets are not at {folder} (set CXLAB_SHARED_DATA)")
    return folder


class Visit:
    """A page in the browser with everything it asked for and complained about."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complained: list[str] = []
        page.on("console", lambda message: self.complained.append(message.text))
        page.on("pageerror", lambda error: self.complained.append(str(error)))
        page.context.route("**/*", self._answer)

    def _answer(self, route: Any) -> None:
        url = route.request.url
        if url.startswith(("file:", "data:")):
            route.continue_()
        else:
            self.asked.append(url)
            route.abort()

    def open(self, path: Path) -> Any:
        self.page.goto(path.as_uri())
        return self.page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no chromium on this machine: pages were not looked at in a browser")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any) -> Iterator[Any]:
    """Gives a function that makes a `Visit`: visit(width=390, dark=True)."""
    contexts = []

    def make(width: int = 1280, dark: bool = False) -> Visit:
        contexts.append(
            chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
        )
        return Visit(contexts[-1].new_page())

    yield make
    for context in contexts:
        context.close()
