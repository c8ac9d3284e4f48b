"""A project is a folder with cxlab.toml: where it is, what it is called, how its exports map to tables."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxlab.errors import ProjectError
from cxlab.periods import Period
from cxlab.tables.settings import engine_of, problems_of

SETTINGS_FILE = "cxlab.toml"


@dataclass(frozen=True)
class Project:
    """The settings of a project and the places of its files.

    `exports` are the [[export]] blocks of cxlab.toml as read; the loaders check them. `scores` holds thresholds where
    the company deviates from the standard, for example {"csat": {"top": 4}}. `engine` is the engine's name and
    `engine_settings` what [engine] says besides. `journey`, `hours`, `people`, `roles` and `topics` are those
    sections as written: a key that the file does not set is not there, and the standard of whoever asks for it holds.
    """

    root: Path
    company: str = "The company"
    fiscal_year_starts: int = 1
    min_n: int = 5
    engine: str = "duckdb"
    engine_settings: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    journey: dict[str, Any] = field(default_factory=dict)
    hours: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)
    roles: dict[str, list[str]] = field(default_factory=dict)
    topics: dict[str, Any] = field(default_factory=dict)
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
        problems = problems_of(settings)
        if problems:
            raise ProjectError(f"{path} cannot be used:\n" + "\n".join(f"  {line}" for line in problems))
        company, engine = settings.get("company", {}), settings.get("engine", {})
        return cls(
            root=folder,
            company=company.get("name", cls.company),
            fiscal_year_starts=company.get("fiscal_year_starts", 1),
            min_n=company.get("min_n", 5),
            engine=engine_of(settings),
            engine_settings={key: value for key, value in engine.items() if key != "name"},
            scores=settings.get("scores", {}),
            journey=settings.get("journey", {}),
            hours=settings.get("hours", {}),
            people=settings.get("people", {}),
            roles=settings.get("roles", {}),
            topics=settings.get("topics", {}),
            exports=tuple(settings.get("export", [])),
            redaction=settings.get("redaction", {}),
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
    def topics_register(self) -> Path:
        """Where the register of topics is kept."""
        return self.root / self.topics.get("register", "data/processed/topics.json")

    @property
    def topics_file(self) -> Path:
        """Where people write what topics are called, whose they are, and which are put together."""
        return self.root / self.topics.get("file", "topics.csv")

    @property
    def topics_coded(self) -> Path:
        """Where people write which topics they find in a sample of comments, if they do."""
        return self.topics_file.with_name(f"{self.topics_file.stem}-coded.csv")

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
        """The company's own standards, as cx.scorecard and cx.trend take them: min_n and scores.

        `scores` are options by KPI: [scores] as written, and what [journey], [people] and [hours] mean for a KPI.
        """
        scores: dict[str, dict[str, Any]] = {kpi: dict(options) for kpi, options in self.scores.items()}

        def add(option: str, value: Any, *kpis: str) -> None:
            for kpi in kpis:
                scores.setdefault(kpi, {})[option] = value

        if "first_value" in self.journey:
            add("milestone", self.journey["first_value"], "time_to_first_value")
        if "onboarding_done" in self.journey:
            add("milestone", self.journey["onboarding_done"], "onboarding_completion")
        if "implementation_done" in self.journey:
            add("milestone", self.journey["implementation_done"], "implementation_time")
        if "floor" in self.people:
            add("floor", self.people["floor"], "enps", "engagement")
        if self.hours:
            from cxlab.stats.hours import WorkingHours

            # Times in the tables are the company's own already: the zone matters to who converts them.
            times = {key: value for key, value in self.hours.items() if key != "timezone"}
            add("hours", WorkingHours(**times), "first_response_time", "resolution_time")
        return {"min_n": self.min_n, "scores": scores}

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
