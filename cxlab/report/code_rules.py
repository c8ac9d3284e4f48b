"""What a code cell of a notebook may not do, read from its syntax tree."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from cxlab.report.wording import causal_words

_PATH = re.compile(r"^(\.{0,2}/|~|[A-Za-z]:\\)|\.(csv|tsv|xlsx?|parquet|jsonl?|ipynb|sav|toml|png|svg|html|pkl|txt)$")
_FILES = {"open", "Path", "glob", "listdir"}
_RAW_DISPLAYS = {"HTML", "SVG", "Javascript", "Latex", "IFrame"}
_WRITES = re.compile(r"^(read_|scan_)\w+|^to_(csv|excel|parquet|json|pickle|feather|sql|clipboard)$|^savefig$")
_OWN_READERS = {"read_outputs"}
_UNESCAPED = {"escape": False, "render_links": True, "allow_html": True}


def code_faults(tree: ast.Module) -> list[str]:
    """Faults of a code cell, each once, in the order they stand."""
    return list(dict.fromkeys([*(fault for node in ast.walk(tree) for fault in _faults(node)), *_lambdas(tree)]))


def _faults(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield f"it defines {node.name!r}. Functions and classes live in the package, where they are tested"
    elif isinstance(node, ast.Attribute) and node.attr == "style":
        yield "it uses .style, which does not escape customer text. Use cx.table(frame)"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _PATH.search(node.value.strip()):
        yield f"it names a file ({node.value!r}). Load tables with cx.load(...)"
    elif isinstance(node, ast.Call):
        yield from _call_faults(node)


def _call_faults(call: ast.Call) -> Iterator[str]:
    is_method = isinstance(call.func, ast.Attribute)
    name = call.func.attr if is_method else getattr(call.func, "id", "")
    is_text_join = is_method and isinstance(call.func.value, (ast.Constant, ast.JoinedStr))
    if name in ("merge", "merge_asof", "merge_ordered") or (name == "join" and is_method and not is_text_join):
        yield f"it calls {name}. Joins live in the package: ask a KPI or a model for the frame"
    if name in _FILES or (_WRITES.search(name) and name not in _OWN_READERS):
        yield f"it calls {name}, which touches files. Load tables with cx.load(...); the batch writes the reports"
    if name == "print":
        yield "it prints. Show text with cx.say(...)"
    if name in _RAW_DISPLAYS:
        yield f"it displays raw {name}(...). Use cx.table, cx.verbatim, cx.tiles or cx.say, which escape"
    if name == "Markdown" and not all(isinstance(argument, ast.Constant) for argument in call.args):
        yield "it builds Markdown from values, which does not escape customer text. Use cx.say(...)"
    if name == "fmt_markdown":
        yield "it calls fmt_markdown, which does not escape customer text. Use cx.table(frame)"
    for keyword in call.keywords:
        if keyword.arg in _UNESCAPED and getattr(keyword.value, "value", None) is _UNESCAPED[keyword.arg]:
            yield f"it sets {keyword.arg}={_UNESCAPED[keyword.arg]}, which lets customer text act. Leave it out"
    if name == "finding":
        yield from _claims(call)


def _claims(call: ast.Call) -> Iterator[str]:
    """A finding whose typed words claim a cause without an experiment's grade."""
    grade = next((k.value.value for k in call.keywords if k.arg == "grade" and isinstance(k.value, ast.Constant)), "D")
    sentences = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "sentence")]
    typed = [
        node.value
        for each in sentences
        for node in ast.walk(each)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for word in causal_words(" ".join(typed)) if grade not in ("A", "B") else ():
        yield f'a finding of grade {grade} says {word!r}. Write "goes with", or a grade of A or B'


def _lambdas(tree: ast.Module) -> Iterator[str]:
    many = sum(isinstance(node, ast.Lambda) for node in ast.walk(tree))
    if many > 1:
        yield f"it holds {many} lambdas. One at most: name the step in the package"


def parameter_faults(source: str, tree: ast.Module) -> list[str]:
    """Faults of the parameters cell: every line is  name: type = literal  # meaning."""
    comments = _comments(source)
    faults = []
    for node in tree.body:
        is_plain = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None
        if not is_plain or not _is_literal(node.value):  # type: ignore[union-attr,arg-type]
            faults.append(f"line {node.lineno} is not a parameter. Write  name: type = literal  # meaning")
        elif not comments.get(node.end_lineno or node.lineno, "").strip():
            faults.append(f"the parameter {node.target.id!r} has no meaning. Add  # and what it is")  # type: ignore
    return faults if tree.body else ["it holds no parameter. Write  name: type = literal  # meaning"]


def _comments(source: str) -> dict[int, str]:
    """Line number -> comment; a # inside a text is none."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("#") for token in tokens if token.type == tokenize.COMMENT}


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True
