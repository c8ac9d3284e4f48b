"""What people wish of topics, written into the register, and what that changed told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cxlab.models.passport.register import Entry, Event, Register, Wishes


def with_wishes(register: Register, wishes: Mapping[str, Wishes]) -> Register:
    """The register as people wish it, and what that changed as events of the latest period. A second time nothing."""
    period = register.periods[-1].period if register.periods else ""
    changed, events = register, []
    for entry in register.entries:
        changed = changed.with_entry(replace(entry, wishes=wishes.get(entry.id, Wishes())))
    for entry in register.entries:
        events += _changes(entry, changed[entry.id], changed, period)
    return replace(changed, events=(*changed.events, *events))


def _changes(before: Entry, after: Entry, register: Register, period: str) -> list[Event]:
    """What people changed in a topic."""
    old, new = before.wishes, after.wishes
    name = f"{after.id} “{after.called}”"

    def target(topic: str) -> str:
        return f"{topic} “{register[topic].name}”"

    told: list[tuple[str, tuple[str, ...], str]] = []
    if old.name != new.name:
        told.append(("renamed", (), f"{name} is called “{after.name}” now."))
    if old.merge_into != new.merge_into:
        if new.merge_into:
            said = f"{name} counts as {target(new.merge_into)} now, in every period."
            told.append(("put together", (new.merge_into,), said))
        else:
            told.append(("taken apart", (old.merge_into,), f"{name} counts by itself again, in every period."))
    if old.mute != new.mute:
        told.append(
            ("muted", (), f"{name} is kept off the pages.") if new.mute else ("unmuted", (), f"{name} is shown again.")
        )
    if old.owner != new.owner:
        told.append(("owned", (), f"{name} is for {new.owner or 'nobody'} to answer now."))
    return [Event(period, kind, after.id, others, 0, -1.0, said) for kind, others, said in told]
