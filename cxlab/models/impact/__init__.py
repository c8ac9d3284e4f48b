"""Impact: points of a score that go with each topic, so that they add up; and what else topics go with."""

from cxlab.models.impact.accuracy import Accuracy, accuracy_of
from cxlab.models.impact.change import change
from cxlab.models.impact.contributions import HIGHER, LOWER, Impact, contributions
from cxlab.models.impact.foretold import Foretold, foretell
from cxlab.models.impact.leaving import WITH_LEAVING, WITH_STAYING, Leaving, leaving
from cxlab.models.impact.passives import PASSIVES_MORE, PROMOTERS_MORE, held_back
from cxlab.models.impact.volume import share_changes, shares

__all__ = [
    "HIGHER",
    "LOWER",
    "PASSIVES_MORE",
    "PROMOTERS_MORE",
    "WITH_LEAVING",
    "WITH_STAYING",
    "Accuracy",
    "Foretold",
    "Impact",
    "Leaving",
    "accuracy_of",
    "change",
    "contributions",
    "foretell",
    "held_back",
    "leaving",
    "share_changes",
    "shares",
]
