"""What a coder wrote, understood: a topic's id or name in any case, or none."""

from __future__ import annotations

import difflib

import pandas as pd

from cxlab.errors import InputError


class Names:
    """Topics by what people may call them. `topics` has topic and name; `none` is the word for no topic."""

    def __init__(self, topics: pd.DataFrame, none: str) -> None:
        self._shown = [*map(str, topics["name"]), none]
        self._place = {_key(none): len(topics)}
        # Ids are given last: where a topic is called like another's id, the id counts.
        for column in ("name", "topic"):
            self._place |= {_key(str(each)): at for at, each in enumerate(topics[column])}

    def knows(self, code: str) -> bool:
        """Whether a topic is called that."""
        return _key(code) in self._place

    def place(self, code: str, source: str, line: int, column: str) -> int:
        """Place of the topic, the number of topics for none. Raises InputError with what comes nearest."""
        found = self._place.get(_key(code))
        if found is None:
            near = difflib.get_close_matches(code, self._shown, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise InputError.at(
                source,
                f"{code!r} is no topic",
                f'{hint}Write a topic\'s id or name, several with ";" between, or "{self._shown[-1]}".',
                line,
                column,
            )
        return found


def _key(code: str) -> str:
    return " ".join(code.casefold().split())
