"""To the people who can act: who owns a topic, what they get to read, and what became of what was said."""

from cxlab.models.voice.backlog import backlog, by_area
from cxlab.models.voice.escalations import EscalationReasons, escalation_reasons, left_within
from cxlab.models.voice.life_cycle import STATES, counts_by_period, life_cycle
from cxlab.models.voice.loop import Loop, first_contacts, loop_closed
from cxlab.models.voice.notes import both_sides, same_units
from cxlab.models.voice.outside_in import OutsideIn, outside_in, touchpoints_in
from cxlab.models.voice.priorities import quick_wins, unmet_needs
from cxlab.models.voice.routing import Packet, owners_of, packets, promises_on

__all__ = [
    "STATES",
    "EscalationReasons",
    "Loop",
    "OutsideIn",
    "Packet",
    "backlog",
    "both_sides",
    "by_area",
    "counts_by_period",
    "escalation_reasons",
    "first_contacts",
    "left_within",
    "life_cycle",
    "loop_closed",
    "outside_in",
    "owners_of",
    "packets",
    "promises_on",
    "quick_wins",
    "same_units",
    "touchpoints_in",
    "unmet_needs",
]
