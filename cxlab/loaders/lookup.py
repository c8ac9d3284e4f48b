"""Finding the columns that a block names in a file."""

from __future__ import annotations

from cxlab.loaders.mapping import Block
from cxlab.loaders.problems import near
from cxlab.loaders.raw import RawExport


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


class Lookup:
    """Finds the columns that a block names in a file: as written, else regardless of case and of inner blanks."""

    def __init__(self, raw: RawExport) -> None:
        self.raw = raw
        self.names = [str(name) for name in raw.frame.columns]
        self._folded: dict[str, list[str]] = {}
        for name in self.names:
            self._folded.setdefault(_folded(name), []).append(name)

    def find(self, name: str) -> str | None:
        """The column's name in the file, None if there is none (or several)."""
        if name in self.names:
            return name
        alike = self._folded.get(_folded(name), [])
        return alike[0] if len(alike) == 1 else None

    def problems(self, block: Block) -> list[str]:
        """What the block names and the file does not have, with near misses and a hint about a header lying lower."""
        wanted = {column: f"{source.target} comes from it" for source in block.sources for column in source.reads}
        wanted |= {column: "`where` names it" for column in block.where}
        if block.order_by:
            wanted[block.order_by] = "`order_by` names it"
        if not isinstance(block.keep, str):
            wanted |= {column: "`keep` names it" for column in block.keep}
        absent = [column for column in wanted if self.find(column) is None]
        if not absent:
            return []
        lines = [
            f"{self.raw.file}: there is no column {column!r} ({wanted[column]}){near(column, self.names)}"
            for column in absent
        ]
        targets = {_folded(column) for column in wanted}
        for place, cells in enumerate(self.raw.head):
            found = len(targets & {_folded(cell) for cell in cells})
            if found > len(wanted) - len(absent) and found >= max(1, len(wanted) // 2):
                return [
                    *lines,
                    f"{self.raw.file}: the header seems to be row {place + 1}: add skip_rows = {place} to the block",
                ]
        shown = ", ".join(repr(name[:60]) for name in self.names[:40])
        return [*lines, f"{self.raw.file} has the columns: {shown}" + (" ..." if len(self.names) > 40 else "")]
