"""Building the sample company: the same every time, never over other people's files, at any scale."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlab.demo import SMALLEST_SCALE, build, truths
from cxlab.demo.company import FILES
from cxlab.errors import CxlabError, ParameterError, ProjectError

pytestmark = pytest.mark.slow


def hashes(root: Path) -> dict[str, str]:
    """Hash of every file below a folder, by its path there."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    build(root, scale=SMALLEST_SCALE)
    return root


def test_same_seed_gives_the_same_bytes_in_every_file(small: Path, tmp_path: Path) -> None:
    build(tmp_path, scale=SMALLEST_SCALE, seed=truths.SEED)
    assert hashes(tmp_path) == hashes(small)


def test_another_seed_gives_another_company(small: Path, tmp_path: Path) -> None:
    build(tmp_path, scale=SMALLEST_SCALE, seed=truths.SEED + 1)
    name = "data/raw/surveys/nps_2026-Q3.csv"
    assert hashes(tmp_path)[name] != hashes(small)[name]


def test_returns_the_files_written_and_leaves_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "data/raw/README.md").write_text("what belongs here")
    paths = build(tmp_path, scale=SMALLEST_SCALE)
    assert set(hashes(tmp_path)) == {"cxlab.toml", "data/raw/README.md", *(f"data/raw/{name}" for name in FILES)}
    assert {path.relative_to(tmp_path).as_posix() for path in paths} == set(hashes(tmp_path)) - {"data/raw/README.md"}


def test_building_again_replaces_its_own_files_and_keeps_the_mapping(small: Path, tmp_path: Path) -> None:
    (tmp_path / "cxlab.toml").write_text('[company]\nname = "mine"\n')
    build(tmp_path, scale=SMALLEST_SCALE, seed=1)
    paths = build(tmp_path, scale=SMALLEST_SCALE)
    assert tmp_path / "cxlab.toml" not in paths
    assert (tmp_path / "cxlab.toml").read_text() == '[company]\nname = "mine"\n'
    assert hashes(tmp_path / "data") == hashes(small / "data")


@pytest.mark.parametrize("foreign", ["our-survey.csv", "surveys/ours.xlsx", ".hidden"])
def test_refuses_beside_other_files_and_writes_nothing(tmp_path: Path, foreign: str) -> None:
    path = tmp_path / "data/raw" / foreign
    path.parent.mkdir(parents=True)
    path.write_text("ours")
    with pytest.raises(ProjectError, match="not the sample company's") as refusal:
        build(tmp_path, scale=SMALLEST_SCALE)
    assert isinstance(refusal.value, CxlabError)
    assert foreign in str(refusal.value)
    assert list(hashes(tmp_path)) == [f"data/raw/{foreign}"]


def test_refuses_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/raw").write_text("not a folder")
    with pytest.raises(ProjectError, match="not a folder"):
        build(tmp_path)


def test_nothing_is_half_written_when_generation_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("cxlab.demo.company.programme.write_maturity", fail)
    with pytest.raises(OSError, match="disk full"):
        build(tmp_path, scale=SMALLEST_SCALE)
    assert hashes(tmp_path) == {}
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["raw"]


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf"), 0.01])
def test_an_unusable_scale_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ParameterError, match="scale"):
        build(tmp_path, scale=scale)
    assert hashes(tmp_path) == {}


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="seed"):
        build(tmp_path, seed=-1)


def test_accounts_and_answers_follow_the_scale(small: Path, company: object) -> None:
    few = pd.read_csv(small / "data/raw/surveys/nps_2026-Q3.csv", skiprows=[1, 2])
    many = company.nps_file("2026-Q3")
    assert len(many) / len(few) == pytest.approx(1 / SMALLEST_SCALE, rel=0.2)


def test_beyond_the_largest_company_more_people_are_asked_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    from cxlab.demo import relational
    from cxlab.demo.accounts import make_accounts

    monkeypatch.setattr(relational, "CHUNK", 5_000)
    accounts = make_accounts(truths.SEED, 600)
    zeros = np.zeros(600)
    state = {"asked": zeros == 0, "open_tickets": zeros, "low_usage": zeros, "late_onboarding": zeros}
    chunks = list(relational.invite(truths.SEED, "2025-Q2", accounts, state, 10.0))
    people = accounts["contacts"].sum() * 10
    assert len(chunks) == int(np.ceil(people / 5_000))
    assert max(map(len, chunks)) < 5_000
    table = pd.concat(chunks)
    assert len(table) == pytest.approx(people * truths.INVITED, rel=0.03)
    assert not table.duplicated(["number", "contact"]).any()
    segment = accounts["segment"].to_numpy()[table["number"]]
    for name, cell in table.groupby(segment):
        x = (cell["score"].dropna() >= 9).astype(float) - (cell["score"].dropna() <= 6)
        assert abs(100 * x.mean() - truths.observed_nps(name, "2025-Q2")) < 350 * x.std() / np.sqrt(len(x))


def test_the_mapping_names_the_company_and_covers_every_file(small: Path) -> None:
    mapping = tomllib.loads((small / "cxlab.toml").read_text(encoding="utf-8"))
    assert mapping["company"]["name"] == truths.COMPANY
    covered = {
        path.relative_to(small / "data/raw").as_posix()
        for block in mapping["export"]
        for path in (small / "data/raw").glob(block["file"])
    }
    assert covered == set(FILES)
    codes = next(block for block in mapping["export"] if block["file"].endswith(".sav"))["columns"]["team"]["values"]
    assert codes == {str(code): name for code, name in enumerate(truths.TEAM_SHARES, start=1)}


def test_the_mapping_names_the_journey_and_the_floor(small: Path) -> None:
    from cxlab.tables.project import Project

    project = Project.find(str(small))
    assert set(truths.TRUE_CSAT) | {"guided set-up", "yearly review"} == set(project.journey["moments"][1:])
    assert project.journey["first_value"] == "first value"
    assert project.people == {"floor": 5}
    assert project.hours == {}


def test_the_hours_given_as_an_example_can_be_used(small: Path, tmp_path: Path) -> None:
    from cxlab.tables.project import Project

    text = (small / "cxlab.toml").read_text(encoding="utf-8")
    example = text[text.index("# [hours]") :].split("\n\n")[0]
    (tmp_path / "cxlab.toml").write_text("\n".join(line.removeprefix("# ") for line in example.splitlines()))
    assert Project.find(str(tmp_path)).hours["opens"] == "08:00"


def test_the_mapping_sets_aside_exactly_what_was_planted(small: Path) -> None:
    from cxlab.loaders import load_project
    from cxlab.tables.project import Project

    manifest = load_project(Project.find(str(small)))
    assert manifest["not_mapped"] == []
    aside: dict[str, int] = {}
    for source in manifest["sources"]:
        for block in source["blocks"]:
            assert block["rows_in"] == block["rows_kept"] + block["rows_set_aside"]
            kind = source["file"].rsplit("_", 1)[0] if "nps_" in source["file"] else source["file"].rsplit("_20", 1)[0]
            kind = kind.replace("_until", "").replace("_since", "")
            aside[kind] = aside.get(kind, 0) + block["rows_set_aside"]
    dirt = truths.DIRT
    assert aside == {
        "surveys/nps": sum(dirt["nps"][kind] for kind in ("preview", "duplicate", "off_scale", "unparseable_date")),
        "surveys/transactional.xlsx": 2 * sum(dirt["transactional"].values()),
        "surveys/transactional_not_answered.csv": 0,
        "surveys/success_effort_emotion.csv": 0,
        "surveys/employees.sav": dirt["employees"]["off_scale"],
        "surveys/engagement.csv": sum(dirt["engagement"].values()),
        "surveys/guided_set_up.csv": dirt["guided_set_up"]["duplicate"],
        "surveys/yearly_review.csv": sum(dirt["yearly_review"][kind] for kind in ("duplicate", "unparseable_date")),
        "reviews/reviews.tsv": sum(dirt["reviews"].values()),
        "helpdesk/tickets": sum(dirt["tickets"][kind] for kind in ("overlap", "duplicate", "unparseable_date")),
        "helpdesk/notes.csv": dirt["notes"]["duplicate"],
        "community/posts.csv": dirt["posts"]["duplicate"],
        "crm/customer_wins.csv": 0,
        "crm/accounts.xlsx": sum(dirt["accounts"][kind] for kind in ("duplicate", "unparseable_date", "footer")),
        "billing/recurring_revenue.csv": sum(dirt["billing"].values()),
        "billing/entitlements.csv": sum(dirt["entitlements"][kind] for kind in ("duplicate", "unparseable_date")),
        "product/help_centre.csv": sum(dirt["visits"][kind] for kind in ("duplicate", "unparseable_date")),
        "product/usage.parquet": dirt["usage"]["duplicate"],
        "delivery/milestones.jsonl": dirt["milestones"]["duplicate"],
        "programme/targets.csv": 0,
        "programme/actions.csv": 0,
        "programme/maturity.csv": 0,
        "programme/advisory_board.csv": 0,
    }
