"""Problems of exports, gathered and told at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from cxlab.errors import InputError


def near(given: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """A hint in brackets at the known name nearest to the given one, "" if none is near."""
    names = list(known)
    folded = {name.casefold(): name for name in names}
    found = difflib.get_close_matches(given.casefold(), list(folded), n=1, cutoff=cutoff)
    return f" (did you mean {folded[found[0]]!r}?)" if found else ""


def gathered(problems: Iterable[str], heading: str) -> InputError:
    """One InputError that lists every problem; its `problems` has them one by one."""
    lines = list(dict.fromkeys(problems))
    error = InputError(f"{heading}\n" + "\n".join(f"  - {line}" for line in lines))
    error.problems = tuple(lines)  # type: ignore[attr-defined]
    return error
