import math

import pytest
from nbformat.v4 import new_notebook

from cxlab.batch.parameters import Parameter, check_given, check_value, chosen, read_parameters
from cxlab.errors import ParameterError

from .toys import code


def declared(source: str) -> dict[str, Parameter]:
    return read_parameters(new_notebook(cells=[code(source, "parameters")]), "toy.ipynb")


def test_lines_are_read_with_type_default_and_meaning():
    read = declared(
        'period: str = "2026-Q3"  # the period, e.g. 2026-Q3 # and more\n\n# a line alone\nhash_text: str = "a # b"\n'
        "min_n: int = -5  # fewer give no value\nshare: float = 1\nwith_tests: bool = False\n"
        'region: str | None = None  # only this one\nteams: list[str] = ["a", "b"]\n'
    )
    assert read["period"] == Parameter("period", "str", "2026-Q3", "the period, e.g. 2026-Q3 # and more")
    assert read["hash_text"] == Parameter("hash_text", "str", "a # b", "")
    assert [each.default for each in read.values()] == ["2026-Q3", "a # b", -5, 1, False, None, ["a", "b"]]


def test_a_notebook_without_the_cell_takes_no_parameters():
    assert read_parameters(new_notebook(cells=[code("x: int = 1")])) == {}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1", "write only lines like"),
        ("x: int", "write only lines like"),
        ("import os", "write only lines like"),
        ("x.y: int = 1", "write only lines like"),
        ("x: int = 1 + ", "not valid Python"),
        ("x: str = open('a').read()", "plain value"),
        ("x: dict = {}", "parameter type"),
        ("x: int = 'a'", "not a int"),
        ("x: int = True", "not a int"),
        ("x: int = 1\nx: int = 2", "declared twice"),
        ("api_key: str = ''", "secret"),
    ],
)
def test_other_lines_are_refused(source, said):
    with pytest.raises(ParameterError, match=said):
        declared(source)


def test_two_cells_are_refused():
    with pytest.raises(ParameterError, match="2 cells"):
        read_parameters(new_notebook(cells=[code("x: int = 1", "parameters"), code("y: int = 1", "parameters")]))


@pytest.mark.parametrize(
    ("type_", "given", "wanted"),
    [
        ("str", "North America", "North America"),
        ("str", "NO", "NO"),
        ("str", "007", "007"),
        ("str", "São Paulo (SP), R&D", "São Paulo (SP), R&D"),
        ("str", "Sa\u0303o", "São"),
        ("int", "7", 7),
        ("int", 7, 7),
        ("float", "0.5", 0.5),
        ("float", 2, 2),
        ("bool", "true", True),
        ("bool", "False", False),
        ("str | None", "", None),
        ("str | None", None, None),
        ("list[str]", "North, South", ["North", "South"]),
        ("list[str]", ["North"], ["North"]),
    ],
)
def test_values_are_passed_on_as_the_declared_type(type_, given, wanted):
    value = check_value(Parameter("x", type_, None), given)
    assert value == wanted and type(value) is type(wanted)


@pytest.mark.parametrize(
    ("type_", "given"),
    [
        ("int", "7.5"),
        ("int", True),
        ("int", "٣"),
        ("int", "1_0"),
        ("int", 1.0),
        ("float", "nan"),
        ("float", math.inf),
        ("float", "1e5"),
        ("bool", "yes"),
        ("bool", 1),
        ("str", 5),
        ("str", None),
        ("str", object()),
        ("list[str]", [1]),
        ("list[str]", {"a"}),
    ],
)
def test_wrong_types_are_refused(type_, given):
    with pytest.raises(ParameterError, match="x="):
        check_value(Parameter("x", type_, None), given)


@pytest.mark.parametrize(
    "given",
    [
        "../../x",
        "..",
        "a/b",
        "/etc/passwd",
        "a\\b",
        "{x}",
        "{region.__class__}",
        "x'); import os",
        'a"b',
        "a\nb",
        "a\x00b",
        " North",
        "-rf",
        ".hidden",
        "a..b",
        "a" * 62,
        "<b>",
        "$(reboot)",
        "a;b",
        "`ls`",
        "a\u202eb",
        "North\n",
    ],
)
@pytest.mark.parametrize("type_", ["str", "str | None", "list[str]"])
def test_texts_that_could_do_harm_are_refused(given, type_):
    with pytest.raises(ParameterError, match=r"region=.*cannot be passed|region=.*can be passed on"):
        check_value(Parameter("region", type_, "all"), [given] if type_ == "list[str]" else given)


def test_the_empty_text_passes_only_where_the_default_means_all():
    assert check_value(Parameter("region", "str", ""), "") == ""
    with pytest.raises(ParameterError):
        check_value(Parameter("region", "str", "North"), "")


def test_the_meaning_is_told_with_the_error():
    with pytest.raises(ParameterError, match="region is: the region to look at"):
        check_value(Parameter("region", "str", "", "the region to look at"), "a/b")


def test_a_period_must_be_one():
    assert check_value(Parameter("period", "str", "2026"), "2026-W07") == "2026-W07"
    with pytest.raises(ParameterError, match="not a period"):
        check_value(Parameter("period", "str", "2026"), "2026-Q5")


def test_unknown_names_are_refused_with_the_nearest():
    known = {"a": {"region": Parameter("region", "str", "")}, "b": {"min_n": Parameter("min_n", "int", 5)}}
    check_given({"region": "x", "min_n": 3}, known)
    with pytest.raises(ParameterError, match="Did you mean 'region'"):
        check_given({"reigon": "x"}, known)


@pytest.mark.parametrize("name", ["x=__import__('os').system('true') #", "a b", "", "class", "1a", 5])
def test_names_that_are_not_identifiers_are_refused(name):
    with pytest.raises(ParameterError, match="cannot be a parameter's name"):
        check_given({name: 1}, {})


@pytest.mark.parametrize("name", ["token", "api_key", "apikey", "db_password", "client_secret", "KEY", "my_tokens"])
def test_names_of_secrets_are_refused(name):
    with pytest.raises(ParameterError, match="environment variables only"):
        check_given({name: "x"}, {})


@pytest.mark.parametrize("name", ["keyword", "monkey", "turkey_region", "keyed"])
def test_harmless_names_with_key_in_them_pass(name):
    check_given({name: "x"}, {"nb": {name: Parameter(name, "str", "")}})


def test_a_notebook_gets_what_it_declares():
    parameters = {"region": Parameter("region", "str", ""), "n": Parameter("n", "int", 1)}
    assert chosen({"region": "North", "other": 1, "n": "3"}, parameters) == {"n": 3, "region": "North"}
