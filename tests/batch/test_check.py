import pytest

from cxlab.batch import check
from cxlab.batch.check import check_project

from .toys import notebook, project


@pytest.fixture
def toy(tmp_path, monkeypatch):
    monkeypatch.setattr(check, "lint", lambda notebook: [])  # has its own tests
    return project(tmp_path, {"10-a": notebook()})


def test_a_project_in_order_has_nothing_to_mend(toy):
    assert check_project(toy) == []


def test_notebooks_are_linted_and_named(toy, monkeypatch):
    monkeypatch.setattr(check, "lint", lambda notebook: ["cell 3: too long"])
    assert check_project(toy) == ["10-a.ipynb: cell 3: too long"]


def test_parameters_and_their_defaults_are_checked(toy):
    import nbformat

    nbformat.write(notebook(parameters='period: str = "last quarter"'), toy.notebooks / "20-b.ipynb")
    nbformat.write(notebook(parameters="x = 1"), toy.notebooks / "30-c.ipynb")
    (toy.notebooks / "40-d.ipynb").write_text("{")
    faults = check_project(toy)
    assert len(faults) == 3
    for fault, said in zip(
        faults, ("is not a period", "write only lines like", "not a readable notebook"), strict=True
    ):
        assert said in fault


def test_tables_are_compared_with_what_was_loaded(toy):
    (toy.processed / "responses.parquet").write_bytes(b"not what was loaded")
    assert check_project(toy)[0].endswith("is not as `cxlab load` wrote it. Run `cxlab load` again.")
    (toy.processed / "manifest.json").unlink()
    assert "cxlab load" in check_project(toy)[0]
