"""The same export loaded twice, or two exports that overlap, must not count twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import InputError
from cxlab.loaders.intake import Piece
from cxlab.loaders.problems import gathered


@dataclass(frozen=True)
class Losers:
    """Rows of one piece that give way: positions in its table, why, and the kind of reason."""

    places: np.ndarray
    whys: list[str]
    kinds: list[str]


def stack(pieces: list[Piece]) -> pd.DataFrame:
    """The pieces' tables one below the other; a column that a piece lacks is empty there, in its own type."""
    types: dict[str, object] = {}
    for piece in pieces:
        for name in piece.table.columns:
            types.setdefault(str(name), piece.table[name].dtype)
    clashing = [
        f"column {name!r} is {piece.table[name].dtype} in {piece.raw.file} but {types[name]} elsewhere"
        for piece in pieces
        for name in piece.table.columns
        if piece.table[name].dtype != types[name]
    ]
    if clashing:
        raise gathered(
            clashing,
            f"the exports of table {pieces[0].block.table.name!r} do not agree (give the column the "
            "same kind in every block):",
        )
    frames = []
    for piece in pieces:
        frame = piece.table
        absent = {
            name: pd.Series([None] * len(frame), dtype=kind, index=frame.index)
            for name, kind in types.items()
            if name not in frame.columns
        }
        frames.append(pd.concat([frame, pd.DataFrame(absent, index=frame.index)], axis=1)[list(types)])
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0].reset_index(drop=True)


def settle(pieces: list[Piece]) -> tuple[pd.DataFrame, list[Losers]]:
    """Decide which rows of a table stay.

    With a key the later row wins: by `order_by` where the export gives one, else the later file by name, else the later
    row. Without a key the files are united as multisets: a row that stands twice in one file and once in another is
    kept twice. Returns the table and, per piece, the rows that gave way. Raises InputError when one key stands for
    different things.
    """
    keys = {piece.block.key for piece in pieces}
    if len(keys) > 1:
        shown = ", ".join(f"{piece.block.name}: {list(piece.block.key)}" for piece in pieces)
        raise InputError(
            f"the blocks of table {pieces[0].block.table.name!r} declare different keys ({shown}). "
            "Give every block of the table the same key."
        )
    key = keys.pop()
    whole = stack(pieces)
    files = np.concatenate([np.full(len(piece.table), place) for place, piece in enumerate(pieces)]).astype(np.int64)
    names = sorted({piece.raw.file for piece in pieces})
    by_name = np.array([names.index(piece.raw.file) for piece in pieces], dtype=np.int64)[files]
    rows = np.concatenate([piece.raw.row[piece.place] for piece in pieces]).astype(np.int64)
    if not len(whole):
        return whole, [Losers(np.zeros(0, dtype=np.int64), [], []) for _ in pieces]
    winner = _by_key(pieces, whole, key, files, by_name, rows) if key else _by_count(whole, by_name, rows, files)
    lost = np.flatnonzero(winner != np.arange(len(whole)))
    same = _identical(whole, lost, winner[lost]) if key else np.ones(len(lost), dtype=bool)
    if key:
        _refuse_mixtures(pieces, whole, key, files, by_name, rows, lost[~same], winner)
    return whole[winner == np.arange(len(whole))].reset_index(drop=True), _losers(
        pieces, key, files, rows, lost, winner, same
    )


def _by_key(
    pieces: list[Piece],
    whole: pd.DataFrame,
    key: tuple[str, ...],
    files: np.ndarray,
    by_name: np.ndarray,
    rows: np.ndarray,
) -> np.ndarray:
    """For every row the position of the row that stays for its key."""
    order = np.concatenate(
        [piece.order if piece.order is not None else np.full(len(piece.table), -np.inf) for piece in pieces]
    )
    codes = whole.groupby(list(key), sort=False, dropna=False).ngroup().to_numpy()
    ranked = np.lexsort((files, rows, by_name, order))
    winners = np.zeros(codes.max() + 1, dtype=np.int64)
    # The last assignment of each code stays: the highest rank.
    winners[codes[ranked]] = ranked
    return winners[codes]


def _by_count(whole: pd.DataFrame, by_name: np.ndarray, rows: np.ndarray, files: np.ndarray) -> np.ndarray:
    """Rows that repeat across files pair off: the n-th copy in one file is the n-th copy in another."""
    columns = [name for name in whole.columns if name != "source"]
    codes = whole.groupby(columns, sort=False, dropna=False).ngroup().to_numpy()
    ranked = np.lexsort((files, rows, by_name))
    copies = pd.DataFrame({"code": codes[ranked], "file": by_name[ranked]})
    copies["copy"] = copies.groupby(["code", "file"]).cumcount()
    first = copies.groupby(["code", "copy"]).ngroup().to_numpy()
    winners = np.full(first.max() + 1, -1, dtype=np.int64)
    winners[first[::-1]] = ranked[::-1]
    result = np.empty(len(whole), dtype=np.int64)
    result[ranked] = winners[first]
    return result


def _identical(whole: pd.DataFrame, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Which pairs of rows agree in every column but `source`."""
    same = np.ones(len(one), dtype=bool)
    if not len(one):
        return same
    for name in whole.columns:
        if name != "source":
            codes, _ = pd.factorize(whole[name])
            same &= codes[one] == codes[other]
    return same


def _refuse_mixtures(
    pieces: list[Piece],
    whole: pd.DataFrame,
    key: tuple[str, ...],
    files: np.ndarray,
    by_name: np.ndarray,
    rows: np.ndarray,
    lost: np.ndarray,
    winner: np.ndarray,
) -> None:
    """One key for two different things is a mapping mistake that would lose rows quietly."""
    if not len(lost) or pieces[0].block.own_key:
        return
    other = winner[lost]
    numbers = np.array([piece.block.number for piece in pieces])
    mixed = (numbers[files[lost]] != numbers[files[other]]) & (by_name[lost] == by_name[other])
    why = "two blocks take different rows of one file under the same key"
    if "survey" in whole and not mixed.any():
        survey = whole["survey"].to_numpy(dtype=object)
        mixed = survey[lost] != survey[other]
        why = "answers to different surveys have the same key"
    if not mixed.any():
        return
    at = int(np.flatnonzero(mixed)[0])
    one, two = lost[at], other[at]
    shown = ", ".join(f"{name} = {whole[name].iloc[one]}" for name in key)
    raise InputError(
        f"table {pieces[0].block.table.name!r}: {why}, {int(mixed.sum())} times (for example {shown}: "
        f"{pieces[files[one]].raw.file}, row {rows[one]} in block {numbers[files[one]]}, and "
        f"{pieces[files[two]].raw.file}, row {rows[two]} in block {numbers[files[two]]}). Make the keys differ, for "
        "example "
        f'{key[0]} = {{ template = "nps-{{ID}}" }}, or declare key = [...] in the blocks.'
    )


def _losers(
    pieces: list[Piece],
    key: tuple[str, ...],
    files: np.ndarray,
    rows: np.ndarray,
    lost: np.ndarray,
    winner: np.ndarray,
    same: np.ndarray,
) -> list[Losers]:
    starts = np.concatenate([[0], np.cumsum([len(piece.table) for piece in pieces])])
    names = [piece.raw.file for piece in pieces]
    what = " and ".join(key)
    whys, kinds = [], []
    for place, stays, equal in zip(lost.tolist(), winner[lost].tolist(), same.tolist(), strict=True):
        beside = f"row {rows[stays]}" + (
            f" of {names[files[stays]]}" if names[files[stays]] != names[files[place]] else ""
        )
        if equal:
            whys.append(f"duplicate: identical to {beside}")
            kinds.append("duplicate")
        else:
            whys.append(f"superseded: a later row of the same {what} ({beside})")
            kinds.append(f"superseded by a later row of the same {what}")
    result = []
    for number in range(len(pieces)):
        mine = np.flatnonzero(files[lost] == number)
        result.append(Losers(lost[mine] - starts[number], [whys[at] for at in mine], [kinds[at] for at in mine]))
    return result
