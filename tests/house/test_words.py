"""No sentence of ours claims a cause: every text in the package that a reader may see is looked at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cxlab.report.wording import causal_words

PACKAGE = Path(__file__).resolve().parents[2] / "cxlab"
READ = sorted([*(PACKAGE / "report").rglob("*.py"), *(PACKAGE / "models").rglob("*.py")])
# The lists of words themselves, and what tells an author which of them was found.
NAMES_THE_WORDS = {"report/wording.py", "report/lint.py", "report/notebook.py"}


def sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of everything in quotation marks that has more than a word; f-strings whole, docstrings not."""
    hidden = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            hidden |= {id(each.value) for each in node.body[:1] if isinstance(each, ast.Expr)}
        if isinstance(node, ast.JoinedStr):
            hidden |= {id(part) for part in node.values}
            texts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node.lineno, "".join(map(str, texts))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in hidden:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", READ, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_sentence_claims_a_cause(path: Path) -> None:
    if path.relative_to(PACKAGE).as_posix() in NAMES_THE_WORDS:
        return
    for line, text in sentences(ast.parse(path.read_text())):
        found = causal_words(text) if " " in text else []
        assert not found, f'line {line}: {found[0]!r} claims a cause: {text!r}. Write "goes with".'


def test_the_scan_sees_a_claim_wherever_it_stands() -> None:
    source = '"""Because of this."""\nx = f"{a} leads to {b}"\ny = ["one", "The menu drives people away."]\n'
    claimed = [text for _, text in sentences(ast.parse(source)) if causal_words(text)]
    assert claimed == ["{} leads to {}", "The menu drives people away."]
