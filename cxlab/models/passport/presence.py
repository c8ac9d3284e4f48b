"""Topics that go and come back: told by how many comments were to be expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: A topic is gone where it has at most this part of the comments that its last share would give ...
FADED = 0.25
#: ... and where so few would come by chance with at most this probability (Poisson).
CHANCE = 0.01


@dataclass(frozen=True)
class Presence:
    """Whether a topic is there in a period: `expected` comments by its share when it was last there (nan: never)."""

    there: bool
    gone: bool
    returned: bool
    expected: float


def presence(counts: Sequence[tuple[int, int]], smallest: int) -> list[Presence]:
    """For the comments of a topic and all comments heard, period by period, whether it was there, gone, or came back.

    A topic that never had `smallest` comments has not been there yet, so it cannot go. A period in which nothing was
    heard shows nothing of any topic: what was there before it is neither gone nor returned.
    """
    from scipy.special import pdtr

    found: list[Presence] = []
    share, gone = float("nan"), False
    for comments, heard in counts:
        expected = share * heard
        if share != share:
            there = comments >= smallest
            found.append(Presence(there, False, False, expected))
            share = comments / heard if there else share
            continue
        if not heard:
            found.append(Presence(not gone, gone, False, expected))
            continue
        faded = comments <= FADED * expected and pdtr(comments, expected) <= CHANCE
        back = gone and not faded and comments >= min(smallest, 5)
        gone = faded or (gone and not back)
        found.append(Presence(not gone, gone, back, expected))
        if not gone and comments >= smallest:
            share = comments / heard
    return found
