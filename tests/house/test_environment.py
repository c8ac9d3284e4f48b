"""pyproject.toml is the one list of what is needed; lock files, environment.yml and the package follow it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONDA_NAMES = {"python-duckdb": "duckdb", "matplotlib-base": "matplotlib"}


def named(requirement: str) -> tuple[str, str]:
    """("pandas", ">=3") of "pandas>=3"."""
    match = re.match(r"([A-Za-z0-9_.-]+)\s*(.*)", requirement)
    return match[1].lower().replace("_", "-"), match[2].replace(" ", "")


def pins(file: str) -> dict[str, set[str]]:
    """name -> versions (one for each range of Python) of a lock file."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / file).read_text().splitlines():
        name, _, version = line.split(";")[0].strip().partition("==")
        found.setdefault(name.lower().replace("_", "-"), set()).add(version)
    return found


def test_conda_has_the_same_top_level_packages() -> None:
    lines = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_pip = next(line["pip"] for line in lines if isinstance(line, dict))
    assert by_pip[-1] == "-e ."
    plain = dict(named(line) for line in [*lines, *by_pip[:-1]] if isinstance(line, str) and line != "pip")
    assert plain.pop("python") == PROJECT["project"]["requires-python"]
    assert {CONDA_NAMES.get(name, name): floor for name, floor in plain.items()} == dict(
        named(line) for line in PROJECT["project"]["dependencies"]
    )


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_pins_everything_and_names_no_host(file: str) -> None:
    text = (ROOT / file).read_text()
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    assert all(re.match(r"[A-Za-z0-9_.-]+==\S+( ; .+)?$", line) for line in text.splitlines())
    wanted = [named(line)[0] for line in PROJECT["project"]["dependencies"]]
    if "dev" in file:
        wanted += [named(line)[0] for line in PROJECT["dependency-groups"]["dev"]]
    assert not set(wanted) - set(pins(file))


def test_torch_stays_out() -> None:
    heavy = {"torch", "sentence-transformers", "transformers", "triton"}
    assert not heavy & set(pins("requirements-dev.lock"))


def test_the_dev_lock_contains_the_lock() -> None:
    dev = pins("requirements-dev.lock")
    assert all(dev.get(name) == versions for name, versions in pins("requirements.lock").items())


def test_import_is_quick_because_nothing_heavy_comes_along() -> None:
    heavy = "{'pandas', 'numpy', 'scipy', 'matplotlib', 'duckdb', 'sklearn', 'bertopic', 'papermill', 'narwhals'}"
    code = f"import sys, cxlab; sys.exit(', '.join({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr.strip() == ""


def test_every_promised_name_is_there() -> None:
    import cxlab

    for name in cxlab.__all__:
        assert getattr(cxlab, name) is not None
    with pytest.raises(AttributeError, match="nps"):
        _ = cxlab.no_such_name


def test_the_version_is_told_once() -> None:
    import cxlab

    assert cxlab.__version__ == PROJECT["project"]["version"]


def test_no_registry_host_is_written_anywhere() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    hosts = re.compile("|".join(["py" + "pi.org", "python" + "hosted", "npm" + "js", "debian" + r"\.org"]))
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".ico"}:
            assert not hosts.search(path.read_text(errors="ignore")), name


def test_no_public_name_hides_a_subpackage() -> None:
    """Importing cxlab.tables sets the attribute `tables` of the package: a function of that name would be gone."""
    import cxlab

    inside = {path.stem for path in (ROOT / "cxlab").iterdir()} - {"__init__", "__pycache__"}
    assert not inside & set(cxlab.__all__)
