"""The rules that every notebook of the house keeps, each with the way to mend it.

How digits are judged: prose in markdown holds no number, because a typed number does not follow the data. Allowed are
numbers in code spans (`95 %`, for what is fixed by the method), digits that belong to a name (Q3, P75, B2B), link
targets, and the markers of a numbered list.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from cxlab.report.code_rules import code_faults, parameter_faults
from cxlab.report.wording import causal_words, without_code

Cell = Mapping[str, object]
FEWEST, MOST, LONGEST = 14, 20, 15
_TAGS = ("parameters", "setup", "outputs", "hide")
_ONCE = _TAGS[:3]
_LINK_TARGET = re.compile(r"\]\([^)]*\)|<https?://[^>]*>")
_LIST_MARKER = re.compile(r"^\s*\d+[.)]\s", re.MULTILINE)
_TYPED_NUMBER = re.compile(r"(?<![\w.])\d[\d.,]*|(?<=[\s(])[.,]\d+")


def lint(notebook: Mapping[str, object]) -> list[str]:
    """What is against the house rules in a notebook (as nbformat or json reads it); an empty list if nothing is.

    Messages name the cell (counted from 1), what was found, and how to mend it.
    """
    cells: list[Cell] = list(notebook.get("cells", []))  # type: ignore[call-overload]
    checks: tuple[Callable[[list[Cell]], Iterator[str]], ...] = (
        _title,
        _length,
        _tags,
        _order,
        _cleared,
        _introduced,
        _markdown,
        _code,
    )
    return [*_metadata(notebook), *(fault for check in checks for fault in check(cells))]


def source_of(cell: Cell) -> str:
    """A cell's text; nbformat allows a list of lines."""
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)  # type: ignore[arg-type]


def tags_of(cell: Cell) -> list[str]:
    """A cell's tags."""
    metadata = cell.get("metadata") or {}
    return [str(tag) for tag in metadata.get("tags", [])]  # type: ignore[attr-defined]


def _is_code(cell: Cell) -> bool:
    return cell.get("cell_type") == "code"


def _metadata(notebook: Mapping[str, object]) -> Iterator[str]:
    metadata: Mapping[str, Mapping[str, object]] = notebook.get("metadata") or {}  # type: ignore[assignment]
    if (metadata.get("kernelspec") or {}).get("name") != "python3":
        yield 'notebook: the kernel is not python3. Choose the kernel "Python 3" and save.'
    if (metadata.get("language_info") or {}).get("name") != "python":
        yield "notebook: language_info does not say python. Open it in JupyterLab with Python 3 and save."


def _title(cells: list[Cell]) -> Iterator[str]:
    titles = [
        (at, line)
        for at, cell in enumerate(cells, 1)
        if cell.get("cell_type") == "markdown"
        for line in without_code(source_of(cell)).splitlines()
        if re.match(r"#\s", line)
    ]
    first = without_code(source_of(cells[0])).strip().splitlines()[:1] if cells else []
    if not titles or titles[0][0] != 1 or not first or not re.match(r"#\s", first[0]):
        yield 'cell 1: it does not open with the title. Begin with "# " and the notebook\'s question.'
    elif not titles[0][1].rstrip().endswith("?"):
        yield "cell 1: the title is not a question. End it with a question mark."
    for at, line in titles[1:]:
        yield f"cell {at}: a second title ({line.strip()!r}). One notebook, one question: use ## here."


def _length(cells: list[Cell]) -> Iterator[str]:
    if not FEWEST <= len(cells) <= MOST:
        yield f"notebook: {len(cells)} cells. A notebook has {FEWEST} to {MOST}: split it, or join cells."


def _tags(cells: list[Cell]) -> Iterator[str]:
    found = Counter(tag for cell in cells for tag in tags_of(cell))
    for tag in _ONCE:
        if found[tag] != 1:
            yield f"notebook: {found[tag]} cells carry the tag {tag!r}. Exactly one code cell must."
    for at, cell in enumerate(cells, 1):
        for tag in tags_of(cell):
            if tag not in _TAGS:
                yield f"cell {at}: the tag {tag!r} is not of the house. Known: {', '.join(_TAGS)}."
            elif tag in _ONCE and not _is_code(cell):
                yield f"cell {at}: the tag {tag!r} is on a text cell. Put it on a code cell."


def _order(cells: list[Cell]) -> Iterator[str]:
    places = {tag: at for at, cell in enumerate(cells) for tag in tags_of(cell) if tag in _ONCE}
    if len(places) < len(_ONCE):
        return
    first_code = next((at for at, cell in enumerate(cells) if _is_code(cell)), None)
    if places["parameters"] != first_code or not places["parameters"] < places["setup"] < places["outputs"]:
        yield "notebook: parameters must be the first code cell, setup after it, outputs after both."
    if places["outputs"] != len(cells) - 1:
        yield "notebook: the cell tagged outputs is not the last one. Move it to the end."


def _cleared(cells: list[Cell]) -> Iterator[str]:
    for at, cell in enumerate(cells, 1):
        if _is_code(cell) and (cell.get("outputs") or cell.get("execution_count") is not None):
            yield f"cell {at}: it holds outputs or an execution count. Clear all outputs before saving."


def _introduced(cells: list[Cell]) -> Iterator[str]:
    for at, cell in enumerate(cells, 1):
        if not _is_code(cell) or set(tags_of(cell)) & set(_TAGS):
            continue
        before = cells[at - 2] if at > 1 else {}
        if before.get("cell_type") != "markdown" or not source_of(before).strip():
            yield f"cell {at}: no heading or sentence stands before it. Say in words what it shows."


def _markdown(cells: list[Cell]) -> Iterator[str]:
    for at, cell in enumerate(cells, 1):
        if cell.get("cell_type") != "markdown":
            continue
        text = source_of(cell)
        prose = _LIST_MARKER.sub(" ", _LINK_TARGET.sub(" ", without_code(text)))
        numbers = (number.rstrip(".,") for number in _TYPED_NUMBER.findall(prose))
        for number in dict.fromkeys(numbers):
            yield (
                f"cell {at}: the number {number!r} is typed by hand. Compute it and show it with cx.say(...), "
                "or put a constant of the method in backticks."
            )
        for word in dict.fromkeys(causal_words(text)):
            yield f'cell {at}: {word!r} claims a cause. Write "goes with", or state the evidence (grade A or B).'
        if re.search(r"<\s*(script|iframe|style|img|object|link|meta)\b", text, re.IGNORECASE):
            yield f"cell {at}: raw HTML in markdown. Show pieces with cx.table, cx.say or a figure."


def _code(cells: list[Cell]) -> Iterator[str]:
    for at, cell in enumerate(cells, 1):
        if not _is_code(cell):
            continue
        text = source_of(cell)
        long = sum(bool(line.strip()) for line in text.splitlines())
        if long > LONGEST:
            yield f"cell {at}: {long} lines of code. At most {LONGEST}: move work into the package."
        try:
            tree = ast.parse(text)
        except SyntaxError as problem:
            yield f"cell {at}: not plain Python ({problem.msg}). No magics, no shell lines."
            continue
        faults = parameter_faults(text, tree) if "parameters" in tags_of(cell) else code_faults(tree)
        if "outputs" in tags_of(cell) and not _records(tree):
            faults = [*faults, "it does not record anything. Call cx.record(headline=..., findings=..., kpis=...)"]
        yield from (f"cell {at}: {fault}." for fault in faults)


def _records(tree: ast.Module) -> bool:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any("record" in (getattr(func, "attr", ""), getattr(func, "id", "")) for func in calls)
