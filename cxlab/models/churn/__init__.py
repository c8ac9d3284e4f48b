"""Churn: a readable model of who leaves, its drivers as curves with intervals, and alarms for what is too good."""

from cxlab.models.churn.model import Churn, explain_churn

__all__ = ["Churn", "explain_churn"]
