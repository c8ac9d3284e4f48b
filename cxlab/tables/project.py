"""A project is a folder with cxlab.toml: where it is, what it is called, how its exports map to tables."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxlab.errors import ParameterError, ProjectError
from cxlab.periods import Period

SETTINGS_FILE = "cxlab.toml"
ENGINES = ("duckdb", "polars", "pandas")
_COMPANY_KEYS = {"name": str, "fiscal_year_starts": int, "min_n": int, "engine": str}
_SECTIONS = ("company", "scores", "export", "redaction")


@dataclass(frozen=True)
class Project:
    """The settings of a project and the places of its files.

    `exports` are the [[export]] blocks of cxlab.toml as read; the loaders check them. `scores` holds thresholds where
    the company deviates from the standard, for example {"csat": {"top": 4}}.
    """

    root: Path
    company: str = "The company"
    fiscal_year_starts: int = 1
    min_n: int = 5
    engine: str = "duckdb"
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    exports: tuple[dict[str, Any], ...] = ()
    redaction: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def find(cls, root: str | Path | None = None) -> Project:
        """The project at `root`, else at $CXLAB_ROOT, else the nearest folder above with cxlab.toml, else here."""
        given = root or os.environ.get("CXLAB_ROOT")
        if given:
            folder = Path(given).resolve()
            if not folder.is_dir():
                raise ProjectError(f"the project folder {folder} does not exist. Give --root an existing folder.")
        else:
            here = Path.cwd().resolve()
            folder = next((up for up in (here, *here.parents) if (up / SETTINGS_FILE).is_file()), here)
        return cls.read(folder)

    @classmethod
    def read(cls, folder: Path) -> Project:
        """Read `folder`/cxlab.toml; without the file the defaults hold. All problems are raised at once."""
        path = folder / SETTINGS_FILE
        if not path.is_file():
            return cls(folder)
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise ProjectError(f"{path} is not valid TOML: {problem}. Mend that line and run again.") from None
        problems = [str(ParameterError.unknown("section", key, _SECTIONS)) for key in settings if key not in _SECTIONS]
        for key in ("company", "scores", "redaction"):
            if not isinstance(settings.setdefault(key, {}), dict):
                problems.append(f"{key} is {settings[key]!r}; write it as a section, [{key}], with its settings below.")
                settings[key] = {}
        company = settings["company"]
        for key, given in company.items():
            if key not in _COMPANY_KEYS:
                problems.append(f"[company] {ParameterError.unknown('setting', key, _COMPANY_KEYS)}")
            elif type(given) is not _COMPANY_KEYS[key]:
                problems.append(f"[company] {key} is {given!r}; it must be a {_COMPANY_KEYS[key].__name__}.")
        if not problems:
            if not 1 <= company.get("fiscal_year_starts", 1) <= 12:
                problems.append("[company] fiscal_year_starts must be a month, 1 to 12.")
            if company.get("min_n", 5) < 1:
                problems.append("[company] min_n must be 1 or more.")
            if company.get("engine", "duckdb") not in ENGINES:
                problems.append(f"[company] {ParameterError.unknown('engine', company['engine'], ENGINES)}")
        for kpi, given in settings["scores"].items():
            if not isinstance(given, dict) or set(given) != {"top"} or type(given["top"]) not in (int, float):
                problems.append(f"[scores] {kpi} is {given!r}; write [scores.{kpi}] and below it top = a number.")
        exports = settings.get("export", [])
        if not isinstance(exports, list) or not all(isinstance(block, dict) for block in exports):
            problems.append("write exports as [[export]], with two brackets, one block each.")
        if problems:
            raise ProjectError(f"{path} cannot be used:\n" + "\n".join(f"  {line}" for line in problems))
        return cls(
            root=folder,
            company=company.get("name", cls.company),
            fiscal_year_starts=company.get("fiscal_year_starts", 1),
            min_n=company.get("min_n", 5),
            engine=company.get("engine", "duckdb"),
            scores=settings["scores"],
            exports=tuple(exports),
            redaction=settings["redaction"],
        )

    @property
    def raw(self) -> Path:
        """Where exports are put."""
        return self.root / "data" / "raw"

    @property
    def processed(self) -> Path:
        """Where the canonical tables live."""
        return self.root / "data" / "processed"

    @property
    def reports(self) -> Path:
        """Where finished runs are published."""
        return self.root / "reports"

    @property
    def notebooks(self) -> Path:
        """The project's own notebooks if it has any, else the ones that come with cxlab."""
        own = self.root / "notebooks"
        if own.is_dir() and any(own.glob("*.ipynb")):
            return own
        package = Path(__file__).resolve().parents[1]
        shipped = package / "notebooks"
        return shipped if shipped.is_dir() else package.parent / "notebooks"

    @property
    def standards(self) -> dict[str, Any]:
        """The company's own standards, as cx.scorecard and cx.trend take them: min_n and scores."""
        return {"min_n": self.min_n, "scores": self.scores}

    def latest_quarter(self, as_of: str | None) -> Period:
        """The last quarter that the data cover. Raises ProjectError when the data say no date."""
        if not as_of:
            raise ProjectError("the tables hold no date, so there is no latest quarter. Name the period yourself.")
        moment = dt.datetime.fromisoformat(as_of).replace(tzinfo=None)
        quarter = self.period(f"{moment.year + 1}-Q4")
        while not quarter.is_over_by(moment):
            quarter = quarter.previous()
        return quarter

    def period(self, text: str) -> Period:
        """A period by the company's fiscal year."""
        return Period.of(text, self.fiscal_year_starts)
