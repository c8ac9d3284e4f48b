"""What a notebook may be given: its parameters cell read as a syntax tree, and values checked before a kernel starts.

papermill only warns about an unknown parameter, injects names unchecked and turns foreign types into text (measured);
none of that may happen to a report, so everything is decided here and only plain JSON values go further.
"""

from __future__ import annotations

import ast
import io
import keyword
import math
import re
import tokenize
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cxlab.errors import ParameterError
from cxlab.periods import Period

TYPES = ("str", "int", "float", "bool", "str | None", "list[str]")
SAFE_TEXT = re.compile(r"\w[\w .,&+()-]{0,60}")
SECRET_NAMES = re.compile(r"token|secret|passw|passphrase|credential|apikey|(?:^|_)keys?(?:_|$)", re.I)
_TRUE_FALSE = {"true": True, "false": False}


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell: `name: type = default  # meaning`."""

    name: str
    type: str
    default: Any
    meaning: str = ""


def read_parameters(notebook: Any, name: str = "the notebook") -> dict[str, Parameter]:
    """The declared parameters of a notebook (nbformat node), by name. Raises ParameterError.

    The cell is the code cell tagged `parameters`; a notebook without one takes none.
    """
    cells = [
        cell for cell in notebook.cells if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", [])
    ]
    if len(cells) > 1:
        raise ParameterError(f"{name} has {len(cells)} cells tagged 'parameters'. Keep one.")
    return {each.name: each for each in _declarations(cells[0].source, name)} if cells else {}


def _declarations(source: str, name: str) -> list[Parameter]:
    where = f"{name}, parameters cell"
    try:
        tree = ast.parse(source)
        comments = _comments(source)
    except (SyntaxError, tokenize.TokenError) as problem:
        raise ParameterError(f"{where}: this is not valid Python ({problem}).") from None
    found: list[Parameter] = []
    for node in tree.body:
        line = f"{where}, line {node.lineno}"
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
            raise ParameterError(f'{line}: write only lines like `region: str = ""  # the region to look at`.')
        declared = ast.unparse(node.annotation)
        if declared not in TYPES:
            raise ParameterError(f"{line}: {ParameterError.unknown('parameter type', declared, TYPES)}")
        try:
            default = ast.literal_eval(node.value)
        except ValueError:
            raise ParameterError(
                f"{line}: the default of {node.target.id!r} must be a plain value, not code."
            ) from None
        if not _fits(default, declared):
            raise ParameterError(f"{line}: the default {default!r} of {node.target.id!r} is not a {declared}.")
        _refuse_secret(node.target.id, line)
        if any(node.target.id == each.name for each in found):
            raise ParameterError(f"{line}: {node.target.id!r} is declared twice. Keep one line.")
        found.append(Parameter(node.target.id, declared, default, comments.get(node.end_lineno or node.lineno, "")))
    return found


def _comments(source: str) -> dict[int, str]:
    """The comment at the end of each line; a '#' inside a text does not count as one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("#").strip() for token in tokens if token.type == tokenize.COMMENT}


def check_value(parameter: Parameter, given: Any, fiscal_year_starts: int = 1) -> Any:
    """`given` as the value to pass on: the declared type, plain JSON, harmless in code, file names and pages.

    Text from a command line is converted by the declared type ("7" for an int, "true" or "false" for a bool, "a,b"
    for a list); nothing else is guessed, so "NO" stays the text NO. Raises ParameterError.
    """
    value = _converted(parameter, given)
    if not _fits(value, parameter.type):
        raise ParameterError(f"{parameter.name}={given!r} is not a {parameter.type}. {_hint(parameter)}".rstrip())
    if parameter.name == "period" and value:
        return Period.of(value, fiscal_year_starts).label
    if isinstance(value, str):
        return _safe_text(parameter, value)
    if isinstance(value, list):
        return [_safe_text(parameter, each) for each in value]
    return value


def check_given(given: Mapping[str, Any], declared: Mapping[str, Mapping[str, Parameter]]) -> None:
    """Every given name is an identifier, harmless, and known to at least one notebook. Raises ParameterError.

    `declared` holds the parameters of each selected notebook, by its stem.
    """
    known = sorted({name for parameters in declared.values() for name in parameters})
    for name in given:
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
            raise ParameterError(f"{name!r} cannot be a parameter's name. Known: {', '.join(known) or 'none'}.")
        _refuse_secret(name, "the parameters")
        if name not in known:
            raise ParameterError.unknown("parameter of the chosen notebooks", name, known)


def chosen(
    given: Mapping[str, Any], parameters: Mapping[str, Parameter], fiscal_year_starts: int = 1
) -> dict[str, Any]:
    """The checked values for one notebook: those of `given` that it declares."""
    return {
        name: check_value(parameters[name], value, fiscal_year_starts)
        for name, value in sorted(given.items())
        if name in parameters
    }


def _fits(value: Any, declared: str) -> bool:
    if declared == "list[str]":
        return type(value) is list and all(type(each) is str for each in value)
    if declared == "str | None":
        return value is None or type(value) is str
    if declared == "float":
        return type(value) in (int, float) and math.isfinite(value)
    return type(value) is {"str": str, "int": int, "bool": bool}[declared]


def _converted(parameter: Parameter, given: Any) -> Any:
    if not isinstance(given, str):
        return list(given) if isinstance(given, tuple) and parameter.type == "list[str]" else given
    text = given.strip()
    if parameter.type == "int" and re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        return int(text)
    if parameter.type == "float" and re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", text):
        return float(text)
    if parameter.type == "bool":
        return _TRUE_FALSE.get(text.lower(), given)
    if parameter.type == "list[str]":
        return [part.strip() for part in text.split(",") if part.strip()]
    if parameter.type == "str | None" and not text:
        return None
    return given


def _safe_text(parameter: Parameter, value: str) -> str:
    text = unicodedata.normalize("NFC", value)
    if not text and parameter.default in ("", None):
        return text
    if not SAFE_TEXT.fullmatch(text) or ".." in text:
        shown = value if len(value) <= 80 else value[:77] + "..."
        raise ParameterError(
            f"{parameter.name}={shown!r} is not a text that can be passed on. Begin with a letter or digit; use "
            "letters, digits, spaces and the signs . , & + ( ) - _ only (no '..', slashes, quotes or braces), 61 at "
            "most. " + _hint(parameter)
        )
    return text


def _hint(parameter: Parameter) -> str:
    return f"{parameter.name} is: {parameter.meaning}." if parameter.meaning else ""


def _refuse_secret(name: str, where: str) -> None:
    if SECRET_NAMES.search(name):
        raise ParameterError(
            f"{where}: {name!r} sounds like a secret, and parameters are written into reports. "
            "Give secrets in environment variables only."
        )
