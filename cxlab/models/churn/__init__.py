"""Churn: a readable model of who leaves, its drivers as curves with intervals, and alarms for what is too good."""

from cxlab.models.churn.making import explain_churn
from cxlab.models.churn.model import Churn

__all__ = ["Churn", "explain_churn"]
