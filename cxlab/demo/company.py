"""The sample company put together: simulate it once, then write every export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.demo import (
    engagement,
    features,
    help_centre,
    moments,
    programme,
    relational,
    studies,
    successes,
    surveys,
    systems,
    truths,
    voices,
)
from cxlab.demo.accounts import finish_journeys, make_accounts, plan_journeys
from cxlab.demo.history import History, bill, live_through, use

#: Every file that the sample company writes below data/raw, at any scale.
FILES = (
    *(f"surveys/nps_{quarter}.csv" for quarter in truths.QUARTERS),
    "surveys/transactional.xlsx",
    "surveys/transactional_not_answered.csv",
    "surveys/success_effort_emotion.csv",
    "surveys/employees.sav",
    "surveys/engagement.csv",
    "surveys/guided_set_up.csv",
    "surveys/yearly_review.csv",
    "reviews/reviews.tsv",
    "helpdesk/tickets_until_2025-07.csv",
    "helpdesk/tickets_since_2025-07.csv",
    "helpdesk/notes.csv",
    "community/posts.csv",
    "crm/accounts.xlsx",
    "crm/customer_wins.csv",
    "billing/recurring_revenue.csv",
    "billing/entitlements.csv",
    "product/usage.parquet",
    "product/help_centre.csv",
    "delivery/milestones.jsonl",
    "programme/targets.csv",
    "programme/actions.csv",
    "programme/maturity.csv",
    "programme/advisory_board.csv",
)


def write_exports(folder: Path, scale: float = 1.0, seed: int = truths.SEED) -> list[Path]:
    """Write all FILES below `folder` and return their paths.

    `scale` multiplies the accounts up to truths.MAX_ACCOUNT_SCALE and beyond that the people asked in the quarterly
    survey, which is drawn and written in chunks: memory stays bounded however many answers are wanted.
    """
    account_scale = min(scale, truths.MAX_ACCOUNT_SCALE)
    accounts = make_accounts(seed, max(60, round(truths.ACCOUNTS * account_scale)))
    journeys = plan_journeys(seed, accounts)
    history = live_through(seed, accounts, journeys)
    for name in {Path(file).parent for file in FILES}:
        (folder / name).mkdir(parents=True, exist_ok=True)
    raised: dict[str, np.ndarray] = {}
    for quarter in truths.QUARTERS:
        invitations = relational.invite(seed, quarter, accounts, history.states[quarter], scale / account_scale)
        if quarter in voices.QUARTERS:
            raised[quarter] = np.zeros((len(accounts), len(truths.NOTE_ECHOED)), dtype=bool)
            invitations = voices.overhear(invitations, raised[quarter])
        surveys.write_quarter(seed, folder / f"surveys/nps_{quarter}.csv", quarter, accounts, invitations)
    asked = moments.ask_after_events(seed, accounts, moments.events(seed, accounts, journeys, history))
    surveys.write_transactional(seed, folder / "surveys", accounts, asked)
    surveys.write_success(
        folder / "surveys/success_effort_emotion.csv", accounts, moments.ask_success(seed, accounts, history)
    )
    surveys.write_employees(seed, folder / "surveys/employees.sav", moments.ask_employees(seed))
    surveys.write_reviews(seed, folder / "reviews/reviews.tsv", moments.collect_reviews(seed))
    systems.write_tickets(seed, folder / "helpdesk", accounts, history.tickets)
    systems.write_accounts(seed, folder / "crm/accounts.xlsx", accounts, history.closed_on)
    systems.write_billing(seed, folder / "billing/recurring_revenue.csv", bill(seed, accounts, history))
    systems.write_usage(
        seed, folder / "product/usage.parquet", use(seed, accounts, history), features.take_up(seed, accounts, history)
    )
    steps = finish_journeys(seed, journeys, history.closed_on)
    systems.write_milestones(seed, folder / "delivery/milestones.jsonl", steps)
    successes.write_successes(folder / "crm/customer_wins.csv", successes.record_successes(seed, accounts, history))
    programme.write_targets(folder / "programme/targets.csv")
    programme.write_actions(seed, folder / "programme/actions.csv")
    programme.write_maturity(seed, folder / "programme/maturity.csv")
    _write_studies(seed, folder, accounts, history)
    voices.write_notes(
        seed, folder / "helpdesk/notes.csv", accounts, voices.write_down(seed, accounts, history, raised)
    )
    posts = voices.post(seed, accounts, history, round(truths.POSTS * account_scale))
    voices.write_posts(seed, folder / "community/posts.csv", accounts, posts)
    voices.write_board(seed, folder / "programme/advisory_board.csv", accounts, history)
    visits = help_centre.visit_help_centre(seed, accounts, history, round(truths.VISITS * account_scale))
    help_centre.write_visits(seed, folder / "product/help_centre.csv", accounts, visits)
    rights = features.entitle(seed, accounts, history)
    features.write_entitlements(seed, folder / "billing/entitlements.csv", accounts, rights)
    return [folder / name for name in FILES]


def _write_studies(seed: int, folder: Path, accounts: pd.DataFrame, history: History) -> None:
    """Write the surveys that stand beside the running ones."""
    engagement.write_engagement(seed, folder / "surveys/engagement.csv", engagement.ask_engagement(seed))
    pairs = studies.ask_guided_set_up(seed, accounts, history)
    studies.write_guided_set_up(seed, folder / "surveys/guided_set_up.csv", accounts, pairs)
    review = studies.ask_yearly_review(seed, accounts, history)
    studies.write_yearly_review(seed, folder / "surveys/yearly_review.csv", accounts, review)
