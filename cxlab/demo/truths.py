"""What is true of the sample company: every planted quantity, and nowhere else.

The generator reads these constants and tests import them, so that a KPI or a model can be held against what was put
in. Points of NPS are written as shares of the mean of x in {-1, 0, +1} (0.08 = 8 points). All effects on a score are
additive on that mean and centred within segment and quarter, so that TRUE_NPS is exact whatever else is planted.
"""

from __future__ import annotations

import datetime as dt
import math

#: Chosen, not random: of some seventy seeds tried, one in which the rise of 2026-Q3 is plain to see (z about 3.4 where
#: 2.9 is expected) and every planted quantity shows within three standard errors; for what was added later a name of
#: its stream was taken that does so, of five at most. With another seed the truths hold, but the tests of them, some
#: eighty looks at three standard errors and at power, may see one or two miss.
SEED = 36
COMPANY = "Northgate Software"

#: The twelve quarters of the exports, oldest first, and the moment at which everything was exported.
QUARTERS = (
    "2023-Q4",
    "2024-Q1",
    "2024-Q2",
    "2024-Q3",
    "2024-Q4",
    "2025-Q1",
    "2025-Q2",
    "2025-Q3",
    "2025-Q4",
    "2026-Q1",
    "2026-Q2",
    "2026-Q3",
)
AS_OF = dt.datetime(2026, 10, 4, 8, 0)

#: Accounts ever signed at scale 1; `scale` multiplies accounts up to MAX_ACCOUNT_SCALE, then only people asked.
ACCOUNTS = 2_500
MAX_ACCOUNT_SCALE = 3.0
#: Share of the accounts that signed before the first quarter; the rest signs evenly over the twelve quarters.
SIGNED_BEFORE = 0.60

REGIONS = ("North America", "DACH", "Iberia & LatAm", "UK & Nordics")
REGION_SHARES = (0.34, 0.27, 0.19, 0.20)
SEGMENTS = ("Small Business", "Mid-Market", "Enterprise", "Public Sector")
#: Share of each segment (columns) among the accounts of a region (rows).
SEGMENT_SHARES = {
    "North America": (0.40, 0.33, 0.20, 0.07),
    "DACH": (0.42, 0.33, 0.14, 0.11),
    "Iberia & LatAm": (0.58, 0.25, 0.09, 0.08),
    "UK & Nordics": (0.43, 0.28, 0.14, 0.15),
}

# ---------------------------------------------------------------------------------------------- relational NPS

#: True NPS in points, before non-response, by segment and quarter. Three segments rise in 2026-Q3 after two flat
#: years; the public sector is exactly flat throughout.
TRUE_NPS: dict[str, dict[str, float]] = {
    segment: dict(zip(QUARTERS, values, strict=True))
    for segment, values in {
        "Small Business": (9, 10, 9, 11, 10, 11, 12, 11, 12, 12, 12, 21),
        "Mid-Market": (13, 13, 14, 14, 15, 14, 15, 16, 15, 16, 16, 26),
        "Enterprise": (19, 18, 19, 20, 19, 20, 21, 20, 21, 21, 21, 30),
        "Public Sector": (8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8),
    }.items()
}
#: Share of passives (7-8) in every cell; promoters and detractors follow from it and the true NPS.
PASSIVES = 0.30
#: Probability that a person who would give that score answers at all.
ANSWERS = {"promoter": 0.42, "passive": 0.27, "detractor": 0.32}
#: How scores spread inside a class.
WITHIN = {
    "promoter": {9: 0.45, 10: 0.55},
    "passive": {7: 0.42, 8: 0.58},
    "detractor": {0: 0.08, 1: 0.05, 2: 0.07, 3: 0.12, 4: 0.15, 5: 0.23, 6: 0.30},
}
#: People known at an account, on average, by segment, and the share of them asked each quarter.
CONTACTS = {"Small Business": 3.0, "Mid-Market": 5.0, "Enterprise": 10.0, "Public Sector": 5.0}
INVITED = 0.50

#: Effects on the mean of x, beside segment and quarter.
REGION_EFFECT = {"North America": 0.03, "DACH": -0.05, "Iberia & LatAm": 0.05, "UK & Nordics": -0.02}

#: Teams and their share of the accounts, which is about their share of the answers: some 500 down to 8 a quarter.
#: Accounts are dealt to teams in exactly these shares, independently of region, segment and plan.
TEAM_SHARES = {
    "Aspen": 0.350,
    "Birch": 0.185,
    "Cedar": 0.130,
    "Dogwood": 0.095,
    "Elm": 0.072,
    "Fir": 0.053,
    "Hazel": 0.039,
    "Juniper": 0.028,
    "Larch": 0.020,
    "Maple": 0.0130,
    "Oak": 0.0085,
    "Rowan": 0.0065,
}
#: Only these two teams truly differ in NPS; the effect of every other is exactly 0.
TEAM_EFFECT = {"Cedar": 0.12, "Dogwood": -0.14}

# ------------------------------------------------ ratings asked with the NPS: what is a must, what is a delight

#: Statements rated 1-5 in the quarterly survey, and the log-odds per step with which each goes with a 7 or more and
#: with a 9 or more, all of them together: a must at the lower cut only, a delight at the upper only, one that counts at
#: both, and one that nothing hangs on. Drawn from the scores, which stay as they are; exact where classes are as
#: `answered_shares` says, about so elsewhere.
RATING_EFFECT = {
    "reliability": (0.35, 0.0),
    "helpfulness": (0.0, 0.35),
    "ease": (0.25, 0.25),
    "newsletter_use": (0.0, 0.0),
}
#: Shares of the ratings, the same for every statement, and what they have in common: the correlation of the normal
#: scores behind them (some people rate everything high), so that the idle statement goes with the score by itself.
RATING_SHARES = {1: 0.04, 2: 0.10, 3: 0.24, 4: 0.38, 5: 0.24}
RATING_HALO = 0.5
#: Share of the answers that leave a statement out, each by itself.
RATINGS_SKIPPED = 0.03

# ------------------------------------------------------------------------------------------------------- churn

#: Log-odds of leaving within a quarter, by what was true when the quarter began.
CHURN_INTERCEPT = -4.20
CHURN_DRIVERS = {
    "open_tickets": 0.85,  # per ticket open at the start of the quarter, counted up to MAX_OPEN_TICKETS
    "low_usage": 0.90,  # sign-ins per seat below LOW_USAGE in the month before
    "late_onboarding": 0.70,  # "first value" was not reached by the day promised
    "renewal_due": 0.80,  # the yearly contract ends in the quarter
    "starter_plan": 0.55,
}
#: Attributes that have nothing to do with leaving.
NULL_DRIVERS = {"webinar_attended": 0.0, "newsletter": 0.0, "partner_sale": 0.0, "log_seats": 0.0}
MAX_OPEN_TICKETS = 2
LOW_USAGE = 6.0
#: What the same conditions do to the mean of x, which is why scores foretell leaving.
DRIVER_NPS_EFFECT = {"open_tickets": -0.35, "low_usage": -0.28, "late_onboarding": -0.18}

# ------------------------------------------------------------------------------------------------------ topics

#: Effect of a topic on the mean of x of the person who has it on their mind. "phone menu" travels with "slow support"
#: and has none of its own; "documentation" is plainly null.
TOPIC_EFFECT = {
    "slow support": -0.28,
    "price": -0.18,
    "slow reports": -0.16,
    "integrations": -0.10,
    "assistant errors": -0.24,
    "phone menu": 0.0,
    "documentation": 0.0,
    "onboarding help": 0.12,
    "ease of use": 0.18,
    "helpful people": 0.22,
}
#: Share of people with the topic on their mind, before the exceptions below.
TOPIC_SHARE = {
    "slow support": 0.10,
    "price": 0.09,
    "slow reports": 0.11,
    "integrations": 0.07,
    "assistant errors": 0.0,
    "phone menu": 0.015,
    "documentation": 0.06,
    "onboarding help": 0.06,
    "ease of use": 0.12,
    "helpful people": 0.11,
}
#: Shares that differ in single quarters: a topic that appears in the last two, and one that fades in the last.
TOPIC_SHARE_IN = {
    ("assistant errors", "2026-Q2"): 0.06,
    ("assistant errors", "2026-Q3"): 0.10,
    ("slow reports", "2026-Q3"): 0.05,
}
NEW_TOPIC = "assistant errors"
#: Innocent topic, the bad one it travels with, and its share among people who have the bad one.
CO_OCCURRING = ("phone menu", "slow support", 0.55)
#: Share of answers with a comment, by whether the person has a topic on their mind. Independent of the score.
COMMENTS = {"topic": 0.80, "none": 0.35}
#: Share of people in German and Spanish speaking countries who write English nevertheless.
WRITES_ENGLISH = 0.15
#: Share of comments with personal data in them, and of comments with an emoji.
PII_SHARE = 0.04
EMOJI_SHARE = 0.05

# ------------------------------------------------------------------------------------- transactional CSAT and CES

#: True share satisfied (4-5 of 5) by moment, for teams without effect and before any action.
TRUE_CSAT = {
    "onboarding done": 0.80,
    "ticket closed": 0.72,
    "training done": 0.84,
    "renewal decided": 0.76,
    "contract ended": 0.45,
}
#: True share that found it easy (5-7 of 7), flat over all quarters.
TRUE_CES = {
    "onboarding done": 0.74,
    "ticket closed": 0.70,
    "training done": 0.80,
    "renewal decided": 0.72,
    "contract ended": 0.55,
}
CSAT_TEAM_EFFECT = {"Cedar": 0.06, "Dogwood": -0.07}
#: What having to change channel and start over does to the share that found it easy ("ticket closed" only).
CHANNEL_SWITCH_SHARE = 0.09
CHANNEL_SWITCH_CES = -0.20
#: Probability of answering by whether the person is satisfied. CES is asked in the same survey.
TRANSACTIONAL_ANSWERS = {"satisfied": 0.36, "unsatisfied": 0.27}
#: Share of events after which the survey is sent.
ASKED_AFTER = {
    "onboarding done": 0.95,
    "ticket closed": 0.80,
    "training done": 0.90,
    "renewal decided": 0.70,
    "contract ended": 0.90,
}

#: Two promises to act on CSAT after tickets, each in one region from one day: one worked, one did not.
WORKING_ACTION = {
    "action_id": "A-07",
    "kpi": "csat",
    "moment": "ticket closed",
    "region": "DACH",
    "started_on": dt.date(2026, 1, 5),
    "effect": 0.13,
}
IDLE_ACTION = {
    "action_id": "A-08",
    "kpi": "csat",
    "moment": "ticket closed",
    "region": "UK & Nordics",
    "started_on": dt.date(2026, 1, 12),
    "effect": 0.0,
}

# ------------------------------------------------------------------- measures that are flat, and lengths of time

#: Shares of (6-7, 1-3) on the seven-point questions, flat; the net score is their difference.
TRUE_SEE = {"success": (0.52, 0.17), "effort": (0.44, 0.22), "emotion": (0.40, 0.20)}
#: Employees' promoters and detractors, the same in every team and quarter.
TRUE_ENPS = (0.42, 0.22)
#: Stars of public reviews, 1 to 5, the same at every location.
TRUE_STARS = (0.07, 0.08, 0.15, 0.33, 0.37)
#: Share of reviews that mention who served, whatever the stars: four people at each location, all alike.
REVIEWS_MENTION = 0.15
#: Days from signing to first value are lognormal: median and sigma; promised by day FIRST_VALUE_DUE; share failing.
FIRST_VALUE = (34.0, 0.45)
FIRST_VALUE_DUE = 45
ONBOARDING_FAILS = 0.04
INTEGRATION_FAILS = 0.12
#: Hours to resolve are lognormal: median by priority and common sigma; a share is stuck for days instead.
RESOLUTION_HOURS = {"P1": 5.0, "P2": 14.0, "P3": 34.0, "P4": 60.0}
RESOLUTION_SIGMA = 0.9
STUCK_SHARE = 0.10
STUCK_DAYS = (45.0, 0.6)
PRIORITIES = {"P1": 0.05, "P2": 0.20, "P3": 0.50, "P4": 0.25}
SLA_HOURS = {"P1": 8, "P2": 24, "P3": 72, "P4": 120}
FIRST_RESPONSE_HOURS = (2.0, 1.0)  # lognormal median and sigma, the same at every hour and on every day of the week
NO_RESPONSE = 0.03  # tickets that nobody ever answered: their first response stays empty
REOPENED = 0.06
ESCALATED = (0.35, 0.03)  # share of the stuck tickets, and of the others
FOUND_BY_US = 0.12  # share noticed by monitoring before the customer
#: Monthly chance and size (low, high) of a change of recurring revenue.
EXPANSION = (0.020, 0.08, 0.25)
CONTRACTION = (0.008, 0.10, 0.30)
#: How much higher executives rate maturity than the front line does, and how much everybody's rating rises from one
#: assessment to the next (there are six, half a year apart), in levels before rounding to 1-5.
MATURITY_GAP = 0.9
MATURITY_STEP = 0.06
#: Shares of the reasons among steps that failed by themselves; of steps cut short by leaving it is LEFT.
MILESTONE_REASONS = {
    "data not ready": 0.40,
    "no time at the customer": 0.30,
    "technical problem": 0.20,
    "scope changed": 0.10,
}
LEFT = "customer left"

# ------------------------------------------------------------------------------- tickets: how much contact they took

#: Tickets of an account in 91 days by plan (Poisson), and the weights of their categories.
TICKETS_A_QUARTER = {"Starter": 0.7, "Team": 1.0, "Business": 1.4, "Enterprise": 2.0}
TICKET_CATEGORIES = {
    "Reports": 5,
    "Login & access": 3,
    "Invoices": 3,
    "Integrations": 3,
    "Import & export": 3,
    "Performance": 2,
    "How-to": 6,
}
#: Replies of the customer are Poisson with this mean, one more where the ticket is stuck; contacts are one more again.
CUSTOMER_REPLIES = 0.7
#: Share of answered tickets that got exactly one reply of an agent, by whether the customer wrote back; others got two
#: or more. Tickets that nobody answered have none. See one_touch_share and no_reply_share.
ONE_AGENT_REPLY = {"silent": 0.78, "wrote back": 0.15}
#: Share of closed tickets of which the customer said whether the first contact resolved it, and the share of yes.
SAID_RESOLVED = (0.40, 0.66)
#: Share of tickets followed within seven days by another of the same account on the same category, in any channel:
#: mostly changes of channel, the rest is chance; about. See repeat_share and first_contact_resolution.
REPEATS = 0.098

# --------------------------------------------------------------------------------------------- visits to self-service

#: Visits to the help centre in the last four quarters at scale 1, and the share of them without a known account.
VISITS = 12_000
VISITS_UNKNOWN = 0.25
VISIT_CHANNELS = {"knowledge base": 0.70, "community": 0.20, "assistant": 0.10}
#: Share of the visits of known accounts that no ticket of the account follows within 72 hours; exact, not drawn. Where
#: one follows it is on the visit's subject.
DEFLECTED = 0.78
DEFLECTION_HOURS = 72

# ------------------------------------------------------------------------------------- features: who may, who does

#: Plans that may use a feature; everything else in the product is for everybody.
ENTITLED = {
    "reports": ("Starter", "Team", "Business", "Enterprise"),
    "dashboards": ("Starter", "Team", "Business", "Enterprise"),
    "alerts": ("Starter", "Team", "Business", "Enterprise"),
    "approvals": ("Starter", "Team", "Business", "Enterprise"),
    "mobile app": ("Starter", "Team", "Business", "Enterprise"),
    "automations": ("Business", "Enterprise"),
    "api access": ("Business", "Enterprise"),
    "forecasts": ("Enterprise",),
}
#: Features that accounts take up one by one: the chance of having taken up each by the n-th month after that of signing
#: rises evenly from the first number (n = 0) to the second (n = 12 and later), whatever the plan; nobody stops again.
ADOPTED = ("dashboards", "alerts", "approvals", "mobile app")
ADOPTION = (0.20, 0.65)
#: Share of the entitled accounts that use these, from their first month on.
ENTITLED_USED = {"api access": 0.40, "forecasts": 0.30}
#: Share of the months in which these and ADOPTED are not used although the account has taken them up. All accounts use
#: "reports" and all that may "automations", in practically every month.
PAUSES = 0.10
#: Share of what active accounts are entitled to that they used in the last quarter, over all features; about. See
#: entitled_share for the mean over accounts.
ENTITLEMENTS_USED = 0.677
#: Share of the active accounts without the feature that asked for it in the last four quarters, and of those with one
#: of these features the share that had asked before they got it.
ASKED = {"automations": 0.10, "api access": 0.06, "forecasts": 0.12}
ASKED_AND_GOT = 0.15
#: Of all features that an active account does not have, the share that it asked for; about.
ASKED_WITHOUT = 0.097

# ------------------------------------------------------------------------------------------------- employees' answers

#: Share of employees who agree (4-5 of 5), the same in every team and wave but for one team on one statement.
TRUE_ENGAGEMENT = {
    "My work has a purpose": 0.74,
    "I have the tools I need": 0.58,
    "Good work is recognised": 0.55,
    "I can grow here": 0.52,
    "My manager listens": 0.70,
}
ENGAGEMENT_TEAM = {"team": "Birch", "item": "I have the tools I need", "effect": -0.22}

# ------------------------------------------------------- guided set-up: the same people asked before and after

#: Share of accounts signed within the quarters that take part, and the shares of ease (1-7) before.
GUIDED = 0.60
EASE_BEFORE = {2: 0.20, 3: 0.30, 4: 0.30, 5: 0.20}
#: Shares of the change from before to after: 0.6 on average whatever the answer before. See guided_set_up.
EASE_CHANGE = {-1: 0.10, 0: 0.35, 1: 0.40, 2: 0.15}
#: Probability of answering again by the answer before: the unhappy stay away, so that only pairs tell the change.
ANSWERS_AFTER = {2: 0.40, 3: 0.55, 4: 0.70, 5: 0.80}

# -------------------------------------------------- yearly review: silence that the data explain (missing at random)

#: Shares of (6-7, 1-3) on success among all accounts asked, exact; the net score is their difference.
TRUE_YEARLY_REVIEW = (0.50, 0.22)
#: Use of an account: logarithm of 1 + its sign-ins in the quarter before, less the first number, by the second, and
#: no further from 0 than the third.
REVIEW_USE = (6.8, 1.4, 2.0)
#: What use (per unit) and being in the first year since signing do to these two shares, centred over all asked.
REVIEW_EFFECT = {"use": (0.16, -0.10), "first year": (-0.08, 0.04)}
#: Log-odds of answering. Given these three the score has no say in it: weights by use, tenure and plan bring
#: TRUE_YEARLY_REVIEW back.
REVIEW_ANSWERS = {"intercept": -0.73, "use": 1.0, "first year": -0.35, "Starter": -0.25}
#: What the answers alone show instead, and the share that answers; about.
SHOWN_YEARLY_REVIEW = (0.597, 0.160)
YEARLY_REVIEW_RATE = 0.343

# ------------------------------------------------------------------------------------- customers' own successes

#: Share of the accounts active when a quarter begins of which a success of their own is written down in it, about: an
#: account that left before the day has none, nor one twice the same.
CUSTOMER_WINS = 0.03
#: What was achieved, and how often, by weight.
CUSTOMER_WIN_KINDS = {
    "raised a funding round": 2,
    "opened a second site": 3,
    "won an award": 3,
    "launched in a new country": 2,
    "doubled its users": 2,
}

# ------------------------------------------------------------- voices beside the surveys: notes, community, board

#: Share of the answers without a comment into whose comment "n/a" or its like was typed, whatever the score.
NON_ANSWERS = 0.06
#: Agents' notes of the last four quarters: every escalated ticket has one, and this share of the others.
NOTED = 0.22
#: Share of the notes that name a topic, each by itself, before the two exceptions below. One topic agents see and no
#: customer mentions in any survey; agents never write of "price" (and of what is praised), which customers do.
NOTE_TOPICS = {
    "slow reports": 0.10,
    "integrations": 0.08,
    "documentation": 0.06,
    "assistant errors": 0.03,
    "duplicate records": 0.14,
}
AGENTS_ONLY, CUSTOMERS_ONLY = "duplicate records", "price"
#: Share instead where somebody at the account wrote of the topic in the quarterly survey of the same quarter: notes and
#: comments agree on these two beyond chance, on all other topics they do not.
NOTE_ECHOED = {"slow reports": 0.60, "integrations": 0.55}
#: Topic of escalations, and its share among notes on escalated tickets at least.
NOTE_ESCALATED = ("integrations", 0.40)
#: Community posts of the last four quarters at scale 1, the share of them by somebody signed in, in which languages.
POSTS = 900
POSTS_KNOWN = 0.45
POST_LANGUAGES = {"en": 0.56, "de": 0.14, "es": 0.08, "fr": 0.10, "ja": 0.07, "zh": 0.05}
#: Share of the posts about a topic, one at most; the rest is chat. One topic lives in the community only.
POST_TOPICS = {
    "integrations": 0.18,
    "documentation": 0.16,
    "assistant errors": 0.12,
    "offline mode": 0.12,
    "slow reports": 0.08,
    "ease of use": 0.04,
    "price": 0.02,
}
COMMUNITY_ONLY = "offline mode"
#: Theme of customers that the touchpoints in cxlab.toml do not cover, and a touchpoint there that nobody speaks of.
UNCOVERED_THEME, UNSPOKEN_TOUCHPOINT = "assistant errors", "certification"
#: Touchpoint of cxlab.toml that covers each other topic of the survey.
COVERED_BY = {
    "slow support": "help desk",
    "price": "contract and price",
    "slow reports": "reports",
    "integrations": "integrations",
    "phone menu": "telephone",
    "documentation": "documentation",
    "onboarding help": "onboarding",
    "ease of use": "product screens",
    "helpful people": "account manager",
}

# -------------------------------------------------------------------------------------------------------- dirt

#: Rows planted over all exports of that kind, whatever the scale. "Extra" rows carry ids of their own, so that what
#: is true above stays true once they are set aside.
DIRT = {
    "nps": {
        "preview": 24,  # Status "Survey Preview": not an answer
        "duplicate": 36,  # the same row again
        "off_scale": 24,  # extra answers of 11, 99 or -1
        "unparseable_date": 12,  # extra answers whose EndDate is no date
        "unknown_customer": 24,  # extra answers of accounts that the CRM does not have
        "hostile_comment": 24,  # markup, script or a spreadsheet formula as comment of a good row
    },
    "transactional": {"duplicate": 9, "off_scale": 7},  # both scores off the scale: 0 of 1-5, 9 of 1-7
    "tickets": {
        "overlap": 300,  # tickets that stand in both export files, some in an older state in the first
        "duplicate": 15,
        "resolved_before_opened": 12,  # extra
        "unparseable_date": 8,  # extra: "Opened" is no date
        "unknown_customer": 10,  # extra
        "blank_line": 2,
    },
    "accounts": {"duplicate": 6, "closed_before_signed": 3, "unparseable_date": 2, "footer": 2},
    "billing": {"duplicate": 20, "unparseable_amount": 5, "footer": 1},
    "milestones": {"duplicate": 10, "reached_before_started": 6},
    "usage": {"duplicate": 25},
    "reviews": {"duplicate": 5, "off_scale": 4},
    "notes": {"duplicate": 6},
    "posts": {"duplicate": 4},
    "employees": {"off_scale": 6},
    "engagement": {"duplicate": 8, "off_scale": 5},
    "guided_set_up": {"duplicate": 3},
    "yearly_review": {"duplicate": 4, "unparseable_date": 3, "unknown_customer": 3},
    "visits": {"duplicate": 12, "unparseable_date": 5, "unknown_customer": 6},
    "entitlements": {"duplicate": 8, "unparseable_date": 3, "unknown_customer": 4},
}
#: First ticket export ends here; the second begins DIRT["tickets"]["overlap"] tickets earlier.
TICKETS_CUT = dt.datetime(2025, 7, 31, 18, 0)
#: Months of usage that the product keeps.
USAGE_MONTHS = 24


def shares_of(nps: float) -> tuple[float, float, float]:
    """Share of promoters, passives and detractors where the true NPS is `nps` points."""
    mean = nps / 100
    passives = min(PASSIVES, 1 - abs(mean))
    return (1 - passives + mean) / 2, passives, (1 - passives - mean) / 2


def observed_nps(segment: str, quarter: str) -> float:
    """NPS in points that answers of a segment and quarter show on average, after non-response."""
    promoters, passives, detractors = shares_of(TRUE_NPS[segment][quarter])
    up, down = promoters * ANSWERS["promoter"], detractors * ANSWERS["detractor"]
    return 100 * (up - down) / (up + down + passives * ANSWERS["passive"])


def answer_rate(segment: str, quarter: str) -> float:
    """Share of invitations that are answered in a segment and quarter."""
    shares = zip(shares_of(TRUE_NPS[segment][quarter]), ("promoter", "passive", "detractor"), strict=True)
    return sum(share * ANSWERS[name] for share, name in shares)


def answered_shares() -> tuple[float, float, float]:
    """Shares of detractors, passives and promoters among all answers: the mean over segments and quarters."""
    names = ("promoter", "passive", "detractor")
    sums = [0.0, 0.0, 0.0]
    for by_quarter in TRUE_NPS.values():
        for nps in by_quarter.values():
            for at, (share, name) in enumerate(zip(shares_of(nps), names, strict=True)):
                sums[at] += share * ANSWERS[name]
    promoters, passives, detractors = (part / sum(sums) for part in sums)
    return detractors, passives, promoters


def topic_share(topic: str, quarter: str) -> float:
    """Share of people with `topic` on their mind in `quarter`, co-occurrence included."""
    share = TOPIC_SHARE_IN.get((topic, quarter), TOPIC_SHARE[topic])
    innocent, bad, among = CO_OCCURRING
    if topic == innocent:
        with_bad = topic_share(bad, quarter)
        share = with_bad * among + (1 - with_bad) * share
    return share


def no_reply_share() -> float:
    """Share of tickets to which the customer never replied."""
    return (1 - STUCK_SHARE) * math.exp(-CUSTOMER_REPLIES)


def one_touch_share() -> float:
    """Share of tickets with fewer than two replies of an agent."""
    silent = no_reply_share()
    one = silent * ONE_AGENT_REPLY["silent"] + (1 - silent) * ONE_AGENT_REPLY["wrote back"]
    return NO_RESPONSE + (1 - NO_RESPONSE) * one


def repeat_share(plans: dict[str, float], days: float = 7.0) -> float:
    """Share of tickets followed within `days` (2 or more) by another of the account on the same category.

    `plans` holds the share of the tickets by plan. A ticket is followed by its own change of channel, or by chance:
    the account's other tickets come at its plan's rate. One ticket in 1 + CHANNEL_SWITCH_SHARE is no change of channel.
    """
    alone = sum(share * chance for share, chance in _chances_alone(plans, days))
    return 1 - alone * (1 - CHANNEL_SWITCH_SHARE / (1 + CHANNEL_SWITCH_SHARE))


def first_contact_resolution(plans: dict[str, float], days: float = 7.0) -> float:
    """Share of first contacts (no ticket of the account on the category in the `days` before) that were resolved within
    `days`, never reopened and not followed by another. `plans` as in repeat_share."""
    cells = _chances_alone(plans, days)
    alone = sum(share * chance**2 for share, chance in cells) / sum(share * chance for share, chance in cells)
    return alone * (1 - CHANNEL_SWITCH_SHARE) * (1 - REOPENED) * resolved_within(24 * days)


def _chances_alone(plans: dict[str, float], days: float) -> list[tuple[float, float]]:
    """Share of the tickets, and chance that no other comes by chance within `days`, by plan and category."""
    weights = [weight / sum(TICKET_CATEGORIES.values()) for weight in TICKET_CATEGORIES.values()]
    return [
        (share * weight, math.exp(-TICKETS_A_QUARTER[plan] * weight * days / 91))
        for plan, share in plans.items()
        for weight in weights
    ]


def resolved_within(hours: float) -> float:
    """Share of tickets resolved within so many hours."""

    def below(median: float, sigma: float) -> float:
        return 0.5 * math.erfc(-math.log(hours / median) / sigma / math.sqrt(2))

    usual = sum(share * below(RESOLUTION_HOURS[name], RESOLUTION_SIGMA) for name, share in PRIORITIES.items())
    return (1 - STUCK_SHARE) * usual + STUCK_SHARE * below(24 * STUCK_DAYS[0], STUCK_DAYS[1])


def adoption(month: float) -> float:
    """Chance that an account has taken up one of ADOPTED by the month so many months after that of signing."""
    first, last = ADOPTION
    return first + (last - first) * min(month, 12) / 12


def breadth(month: float) -> float:
    """Number of the features ADOPTED that an account uses in that month, on average."""
    return len(ADOPTED) * (1 - PAUSES) * adoption(month)


def entitled_share(plan: str, month: float) -> float:
    """Share of the features of its `plan` that an account uses in the quarter that ends in that month, on average."""
    chances = dict.fromkeys(ADOPTED, adoption(month)) | ENTITLED_USED
    within = 1 - PAUSES**3
    used = [chances[name] * within if name in chances else 1.0 for name, plans in ENTITLED.items() if plan in plans]
    return sum(used) / len(used)


def guided_set_up() -> dict[str, float]:
    """Truth of guided set-up: "mean" change, "net" change (6-7 minus 1-3) and "answered" share among all asked before,
    "net_of_pairs" among those who answered twice, and "apparent": the change of means when everybody is counted."""
    change = sum(step * share for step, share in EASE_CHANGE.items())
    answered = sum(share * ANSWERS_AFTER[code] for code, share in EASE_BEFORE.items())
    stayed = {code: share * ANSWERS_AFTER[code] / answered for code, share in EASE_BEFORE.items()}

    def net_change(before: dict[int, float]) -> float:
        def net(code: int) -> int:
            return (code >= 6) - (code <= 3)

        return sum(
            share * part * (net(code + step) - net(code))
            for code, share in before.items()
            for step, part in EASE_CHANGE.items()
        )

    mean = {name: sum(k * v for k, v in shares.items()) for name, shares in (("all", EASE_BEFORE), ("stayed", stayed))}
    return {
        "mean": change,
        "net": net_change(EASE_BEFORE),
        "answered": answered,
        "net_of_pairs": net_change(stayed),
        "apparent": mean["stayed"] - mean["all"] + change,
    }
