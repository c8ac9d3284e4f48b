"""The house's rules as programs: who may import what, who may touch files, what every public name carries."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cxlab"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEIGHT = {
    "errors": 0, "periods": 0, "stats": 1, "tables": 1, "loaders": 2, "demo": 2, "kpis": 2, "models": 3,
    "report": 4, "batch": 5, "cli": 6, "__main__": 7,
}  # fmt: skip
# Neighbours on one floor that may use each other; anything else is a step sideways.
SIDEWAYS = {("tables", "tables"), ("stats", "stats"), ("periods", "errors"), ("tables", "stats")}
ONLY_IN = {
    "papermill": ("batch",),
    "nbconvert": ("batch",),
    "matplotlib": ("report/figures",),
    "seaborn": ("report/figures",),
    "pandera": ("tables",),
    "nh3": ("batch",),
    "rich": ("batch",),
}
MAY_TOUCH_FILES = ("tables/store.py", "tables/project.py", "tables/engines.py", "tables/registers.py",
                   "loaders/", "demo/", "batch/", "cli.py")  # fmt: skip
MAY_READ_THE_CLOCK = ("batch/",)
HEAVY = {"bertopic", "umap", "numba", "sklearn", "duckdb", "matplotlib", "seaborn", "papermill", "nbconvert", "pandera",
         "pyspark", "ibis", "polars", "pyreadstat", "openpyxl", "phonenumbers", "hdbscan"}  # fmt: skip
LONGEST_MODULE = 300


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> list[tuple[str, ast.AST]]:
    """(dotted name, node) of everything a piece of code imports."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(("." * node.level + (node.module or ""), node))
    return found


def reaches_up(path: Path, source: str) -> list[str]:
    """cxlab imports in `source` that are not from a floor below the one `path` stands on."""
    here = room_of(path)
    wrong = []
    for name, _ in imports(ast.parse(source)):
        if name.startswith("."):
            wrong.append(f"{name} (write it in full: from cxlab...)")
        elif name.startswith("cxlab."):
            there = name.split(".")[1]
            if there != here and (here, there) not in SIDEWAYS and HEIGHT[there] >= HEIGHT[here]:
                wrong.append(name)
    return wrong


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) != "__init__"], ids=name_of)
def test_imports_go_down(path: Path) -> None:
    assert reaches_up(path, path.read_text()) == []


def test_the_floor_rule_sees_a_step_up() -> None:
    kpis = PACKAGE / "kpis" / "survey.py"
    assert reaches_up(kpis, "from cxlab.loaders import load_project") == ["cxlab.loaders"]
    assert reaches_up(kpis, "from cxlab.report.prose import value") == ["cxlab.report.prose"]
    assert reaches_up(kpis, "from . import measure") != []
    assert reaches_up(kpis, "from cxlab.stats import estimates") == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_who_may_import_what(path: Path) -> None:
    for name, _ in imports(ast.parse(path.read_text())):
        allowed = ONLY_IN.get(name.split(".")[0])
        assert allowed is None or name_of(path).startswith(allowed), f"{name} is for {' and '.join(allowed)} only"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_heavy_libraries_are_imported_where_they_are_used(path: Path) -> None:
    top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.split(".")[0] for node in top for name, _ in imports(node)}
    assert not names & HEAVY


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_who_may_touch_files_and_the_clock(path: Path) -> None:
    tree, name = ast.parse(path.read_text()), name_of(path)
    touched, clocked = [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called == "open" or called.split(".")[-1] in {
                "read_text", "write_text", "read_bytes", "write_bytes",
                "read_parquet", "to_parquet", "read_csv", "to_csv",
            }:  # fmt: skip
                touched.append(called)
            if called in {"time.time", "time.monotonic", "date.today", "dt.date.today", "datetime.now",
                          "dt.datetime.now", "pd.Timestamp.now", "pd.Timestamp.today",
                          "datetime.datetime.now"}:  # fmt: skip
                clocked.append(called)
    if not name.startswith(MAY_TOUCH_FILES):
        assert touched == []
    if not name.startswith(MAY_READ_THE_CLOCK):
        assert clocked == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_public_name_has_a_docstring_and_says_what_it_returns(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module has no docstring"
    for node in public_definitions(tree.body):
        assert ast.get_docstring(node), f"{node.name} has no docstring"
        if isinstance(node, ast.FunctionDef):
            assert node.returns is not None, f"{node.name} does not say what it returns"


def public_definitions(body: list[ast.stmt]) -> list[ast.FunctionDef | ast.ClassDef]:
    """Functions and classes without underscore, and the public methods of those classes."""
    found = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found.append(node)
            if isinstance(node, ast.ClassDef):
                found += public_definitions(node.body)
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_assert_validates_anything(path: Path) -> None:
    assert not [node.lineno for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Assert)]


def test_modules_stay_small() -> None:
    """A warning, not a failure: a module that grows past the aim becomes a folder of the same name."""
    for path in MODULES:
        lines = len(path.read_text().splitlines())
        if lines > LONGEST_MODULE:
            warnings.warn(f"{name_of(path)} has {lines} lines; the aim is {LONGEST_MODULE}", stacklevel=1)


def test_no_module_is_called_utils() -> None:
    assert not [name_of(path) for path in MODULES if path.stem in {"utils", "util", "helpers", "misc", "common"}]
