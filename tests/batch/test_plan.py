import json

import nbformat
import pytest

from cxlab.batch.plan import folder_name, make_plan
from cxlab.errors import ParameterError, ProjectError
from cxlab.periods import Period

from .toys import code, notebook, project

REGION = 'period: str = "2026-Q3"\nregion: str = ""  # only this region\nmin_n: int = 5'


@pytest.fixture
def toy(tmp_path):
    return project(tmp_path, {"00-a": notebook(), "10-b": notebook(parameters=REGION)})


def keys(toy, *given, **more):
    return [job.key for job in make_plan(toy, *(given or ("2026-Q3",)), **more).jobs]


def test_every_notebook_gets_the_period_and_what_it_declares(toy):
    plan = make_plan(toy, "2026-Q2", {"region": "North America", "min_n": "7"})
    assert [job.parameters for job in plan.jobs] == [
        {"period": "2026-Q2"},
        {"min_n": 7, "period": "2026-Q2", "region": "North America"},
    ]
    assert plan.name == "2026-Q2--min_n-7--region-North-America"
    assert plan.parameters == {"region": "North America", "min_n": 7}
    assert make_plan(toy, "2026-Q2").name == "2026-Q2"


@pytest.mark.parametrize(
    ("period", "more", "said"),
    [
        ("2026-Q5", {}, "not a period"),
        ("../x", {}, "not a period"),
        ("2026-Q3", {"parameters": {"region": "../../x"}}, "can be passed on"),
        ("2026-Q3", {"parameters": {"reigon": "x"}}, "Did you mean 'region'"),
        ("2026-Q3", {"parameters": {"period": "2026-Q1"}}, "given once"),
        ("2026-Q3", {"parameters": {"region": "x"}, "only": ["00-a"]}, "not a known parameter"),
        ("2026-Q3", {"only": ["10-c"]}, "Did you mean '10-b'"),
        ("2026-Q3", {"only": ["../10-b"]}, "not a known notebook"),
        ("2026-Q3", {"only": []}, "no notebook was chosen"),
        ("2026-Q3", {"audience": "everybody"}, "not a known audience"),
        ("2026-Q3", {"parameters": {"min_n": "many"}}, "not a int"),
    ],
)
def test_wrong_requests_are_refused(toy, period, more, said):
    with pytest.raises(ParameterError, match=said):
        make_plan(toy, period, **more)


def test_a_project_without_tables_or_notebooks_cannot_be_run(toy):
    (toy.processed / "manifest.json").unlink()
    with pytest.raises(ProjectError, match="cxlab load"):
        make_plan(toy, "2026-Q3")


def test_a_damaged_notebook_is_named(toy):
    (toy.notebooks / "00-a.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"00-a\.ipynb is not a readable notebook"):
        make_plan(toy, "2026-Q3")


def test_only_chooses_and_names_the_others(toy):
    plan = make_plan(toy, "2026-Q3", only=["10-b.ipynb"])
    assert [job.stem for job in plan.jobs] == ["10-b"] and plan.others == ("00-a",)


def test_the_key_changes_with_whatever_changes_the_result(toy):
    before = keys(toy)
    assert keys(toy) == before
    assert all(a != b for a, b in zip(keys(toy, "2026-Q2"), before, strict=True))
    changed = keys(toy, "2026-Q3", {"region": "North"})
    assert changed[0] == before[0] and changed[1] != before[1]  # only one of them declares it
    nbformat.write(notebook("1 + 1"), toy.notebooks / "00-a.ipynb")
    changed = keys(toy)
    assert changed[0] != before[0] and changed[1] == before[1]


def test_running_a_notebook_in_the_lab_does_not_change_its_key(toy):
    before = keys(toy)
    path = toy.notebooks / "00-a.ipynb"
    opened = nbformat.read(path, 4)
    for number, cell in enumerate(each for each in opened.cells if each.cell_type == "code"):
        cell.execution_count, cell.outputs = number + 1, [nbformat.v4.new_output("stream", text="x")]
        cell.metadata["execution"] = {"when": "now"}
    nbformat.write(opened, path)
    assert keys(toy) == before


def test_the_key_follows_tables_and_settings_but_not_the_time_of_loading(toy):
    before = keys(toy)
    path = toy.processed / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "loaded_at": "2027-01-01T00:00:00"}))
    assert keys(toy) == before
    manifest["tables"]["responses"]["sha256"] = "00"
    path.write_text(json.dumps(manifest))
    with_other_tables = keys(toy)
    assert set(with_other_tables).isdisjoint(before)
    (toy.root / "cxlab.toml").write_text('[company]\nname = "Toy & Sons"\nmin_n = 9\n')
    assert set(keys(toy)).isdisjoint(with_other_tables)


def test_different_values_never_share_a_folder():
    period = Period.of("2026-Q3")
    values = [
        "R&D",
        "R D",
        "R-D",
        "R, D",
        "R.D",
        "Köln",
        "Koln",
        "a" * 61,
        "a" * 60,
        "売上",
        "販売",
        ["a", "b"],
        ["a,b"],
        "a+b",
        "True",
        1,
        1.0,
        None,
        "None",
    ]
    names = [folder_name(period, {"x": value}) for value in values]
    assert len(set(names)) == len(values)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") for name in names)
    assert folder_name(period, {}) == "2026-Q3"


def test_a_notebook_that_does_not_ask_for_a_period_runs_too(tmp_path):
    plain = notebook(parameters="n: int = 1")
    plain.cells[1] = code("pass")
    assert make_plan(project(tmp_path, {"a": plain}), "2026-Q3").jobs[0].parameters == {}


PACKED = 'period: str = "2026-Q3"\npack: str = "exec"  # which measures'


@pytest.fixture
def packed(tmp_path):
    return project(tmp_path, {"00-a": notebook(), "10-b": notebook(parameters=PACKED)})


def test_a_notebook_with_packs_makes_a_page_of_each_the_tables_have_something_for(packed):
    manifest = json.loads((packed.processed / "manifest.json").read_text())
    manifest["tables"] = {"tickets": {"rows": 0, "columns": []}}
    (packed.processed / "manifest.json").write_text(json.dumps(manifest))
    jobs = make_plan(packed, "2026-Q3").jobs
    assert [(job.stem, job.parameters.get("pack")) for job in jobs] == [
        ("00-a", None),
        ("10-b", "exec"),
        ("10-b-support", "support"),
    ]
    assert len({job.key for job in jobs}) == 3


def test_packs_can_be_chosen_and_a_pack_given_is_the_only_one(packed):
    plan = make_plan(packed, "2026-Q3", packs=["people", "exec"])
    assert [job.stem for job in plan.jobs] == ["00-a", "10-b-people", "10-b"]
    assert plan.leaves_alone("10-b-support") and not plan.leaves_alone("10-b") and not plan.leaves_alone("30-gone")
    plan = make_plan(packed, "2026-Q3", {"pack": "support"})
    assert [job.stem for job in plan.jobs] == ["00-a", "10-b"] and plan.name == "2026-Q3--pack-support"
    for wrong in ({"packs": ["suport"]}, {"parameters": {"pack": "suport"}}):
        with pytest.raises(ParameterError, match="Did you mean 'support'"):
            make_plan(packed, "2026-Q3", **wrong)
