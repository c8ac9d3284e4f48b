"""Notes, posts and boards of the sample company hold what is planted, and the voice models find it there."""

from __future__ import annotations

import itertools
import tomllib

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.demo import phrases, spoken_topics, truths, voice_phrases
from cxlab.loaders import load_project
from cxlab.models.voice import (
    both_sides,
    counts_by_period,
    escalation_reasons,
    life_cycle,
    loop_closed,
    outside_in,
    owners_of,
    packets,
    promises_on,
    same_units,
    touchpoints_in,
)
from cxlab.tables.project import Project

pytestmark = pytest.mark.slow
TOPICS = (*truths.TOPIC_EFFECT, truths.AGENTS_ONLY, truths.COMMUNITY_ONLY)
LAST_YEAR = truths.QUARTERS[-4:]


class Loaded:
    """Tables of the sample company as its mapping loads them, and which planted topics every text holds."""

    def __init__(self, root: str) -> None:
        self.project = Project.find(root)
        load_project(self.project)
        names = ("responses", "customers", "subscriptions", "actions", "tickets")
        self.tables = {name: cx.load(name, root=root) for name in names}
        rows = self.tables["responses"]
        said = rows[rows["comment"].notna()]
        self.survey = said[said["survey"] == "nps"].reset_index(drop=True)
        self.notes = said[(said["survey"] == "note") & (said["voice"] == "agent")].reset_index(drop=True)
        self.posts = said[said["survey"] == "community"].reset_index(drop=True)
        # A perfect assignment: what the models make of it does not hang on the topics' own quality.
        self.of_survey, self.of_notes, self.of_posts = (
            pd.DataFrame(
                [[t in found for t in TOPICS] for found in map(spoken_topics, each["comment"])], columns=TOPICS
            )
            for each in (self.survey, self.notes, self.posts)
        )
        self.topics = pd.DataFrame({"topic": TOPICS, "name": TOPICS})

    def last_year(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        recent = (self.survey["answered_at"] >= cx.Period.of(LAST_YEAR[0]).start).to_numpy()
        return self.of_survey[recent].reset_index(drop=True), self.survey[recent].reset_index(drop=True)


@pytest.fixture(scope="module")
def loaded(company: object) -> Loaded:
    return Loaded(str(company.root))


def near(share: float, truth: float, n: int) -> bool:
    """Within three standard errors."""
    return abs(share - truth) < 3 * np.sqrt(truth * (1 - truth) / n)


def test_every_sentence_belongs_to_its_topic_alone() -> None:
    what = {**phrases.WHAT, **voice_phrases.WHAT}
    texts = [(topic, "en", text) for topic, each in voice_phrases.NOTES.items() for text in each]
    texts += [
        (topic, tongue, text)
        for topic, by_language in voice_phrases.POSTS.items()
        for tongue, each in by_language.items()
        for text in each
    ]
    for topic, tongue, text in texts:
        for filler in what[tongue]:
            assert spoken_topics(text.format(n=3, what=filler)) == (topic,)
    for _, topic, text in voice_phrases.BOARD:
        assert spoken_topics(text) == (topic,)
    idle = (*voice_phrases.HANDLING, *itertools.chain(*voice_phrases.CHAT.values(), *voice_phrases.GREETINGS.values()))
    idle += tuple(itertools.chain(*voice_phrases.NON_ANSWERS.values()))
    assert not any(spoken_topics(text) for text in idle)


def test_agents_write_of_what_is_planted(loaded: Loaded) -> None:
    notes, of_notes = loaded.notes, loaded.of_notes
    quarter = notes["answered_at"].dt.to_period("Q").astype(str).str.replace("Q", "-Q")
    assert set(quarter) == set(LAST_YEAR)
    tickets = loaded.tables["tickets"].set_index("ticket_id")
    hot = notes["ticket_id"].map(tickets["escalated"]).astype(bool)
    assert notes["ticket_id"].isin(tickets.index).all()
    assert not notes["ticket_id"].duplicated().any()
    recent = tickets[tickets["opened_at"] >= cx.Period.of(LAST_YEAR[0]).start]
    others = recent[~recent["escalated"].astype(bool)]
    opened = others["opened_at"] < cx.Period.of(LAST_YEAR[-1]).end
    assert near((~hot).sum() / opened.sum(), truths.NOTED, int(opened.sum()))
    assert hot.sum() == recent["escalated"].astype(bool).sum()
    for topic in set(truths.NOTE_TOPICS) - set(truths.NOTE_ECHOED):
        assert near(of_notes[topic].mean(), truths.NOTE_TOPICS[topic], len(notes))
    assert not of_notes[truths.CUSTOMERS_ONLY].any()
    assert not loaded.of_survey[truths.AGENTS_ONLY].any()
    assert not loaded.of_survey[truths.COMMUNITY_ONLY].any()
    topic, more = truths.NOTE_ESCALATED
    raised = _raised(loaded, topic)
    assert near(of_notes.loc[hot & ~raised, topic].mean(), more, int((hot & ~raised).sum()))


def _raised(loaded: Loaded, topic: str) -> pd.Series:
    """Of every note: whether somebody at the account wrote of the topic in the quarter's survey."""
    file = loaded.survey["source"].str.extract(r"(\d{4}-Q\d)")[0]
    said = set(zip(loaded.survey["customer_id"], file, strict=True))
    held = {key for key, there in zip(zip(loaded.survey["customer_id"], file, strict=True),
                                      loaded.of_survey[topic], strict=True) if there}  # fmt: skip
    assert len(said) > len(held) > 100
    quarter = loaded.notes["answered_at"].dt.to_period("Q").astype(str).str.replace("Q", "-Q")
    return pd.Series([key in held for key in zip(loaded.notes["customer_id"], quarter, strict=True)])


@pytest.mark.parametrize("topic", list(truths.NOTE_ECHOED))
def test_notes_echo_what_the_account_wrote(loaded: Loaded, topic: str) -> None:
    raised = _raised(loaded, topic)
    tickets = loaded.tables["tickets"].set_index("ticket_id")["escalated"]
    calm = ~loaded.notes["ticket_id"].map(tickets).astype(bool)
    for rows, truth in ((calm & raised, truths.NOTE_ECHOED[topic]), (calm & ~raised, truths.NOTE_TOPICS[topic])):
        assert near(loaded.of_notes.loc[rows, topic].mean(), truth, int(rows.sum()))


def test_the_community_speaks_six_languages_and_has_a_topic_of_its_own(loaded: Loaded) -> None:
    posts, of_posts = loaded.posts, loaded.of_posts
    assert len(posts) == truths.POSTS
    for topic, share in truths.POST_TOPICS.items():
        assert near(of_posts[topic].mean(), share, len(posts))
    assert near(posts["customer_id"].notna().mean(), truths.POSTS_KNOWN, len(posts))
    kana, han = (posts["comment"].str.contains(letters) for letters in ("[\u3041-\u30ff]", "[\u4e00-\u9fff]"))
    assert near(kana.mean(), truths.POST_LANGUAGES["ja"], len(posts))
    assert near((han & ~kana).mean(), truths.POST_LANGUAGES["zh"], len(posts))
    assert posts["comment"].str.contains("Bonjour|question|hors ligne|assistant IA").sum() > 30
    assert posts["score"].isna().all()


def test_some_comments_are_no_answers(loaded: Loaded) -> None:
    nothing = set(itertools.chain(*voice_phrases.NON_ANSWERS.values()))
    rows = loaded.tables["responses"]
    answers = rows[(rows["survey"] == "nps") & rows["score"].notna()]
    empty, none = answers["comment"].isna(), answers["comment"].isin(nothing)
    assert near(none.sum() / (none.sum() + empty.sum()), truths.NON_ANSWERS, int(none.sum() + empty.sum()))


def test_notes_boards_and_posts_are_never_answers_of_a_survey(loaded: Loaded) -> None:
    rows = loaded.tables["responses"]
    quarter = cx.Period.of(truths.QUARTERS[-1])
    unasked = rows["survey"].isin(["note", "community"])
    boards = set(rows.loc[rows["survey"] == "note", "voice"])
    assert boards == {"agent", *(where for where, _, _ in voice_phrases.BOARD)}
    # Even where somebody wrote a number into a note, it is no likelihood to recommend.
    scored = rows.assign(score=rows["score"].where(~unasked, 0.0), scale_low=0.0, scale_high=10.0)
    for kpi in (cx.nps, cx.response_rate):
        with_notes, without = kpi(scored, quarter), kpi(scored[~unasked], quarter)
        pd.testing.assert_frame_equal(with_notes, without)
    assert rows.loc[unasked, "sent_at"].isna().all()


def test_only_agents_and_only_customers_are_told_apart(loaded: Loaded) -> None:
    found = both_sides((loaded.of_notes, loaded.notes), loaded.last_year()).set_index("topic")
    assert found.loc[truths.AGENTS_ONLY, "only"] == "agents"
    assert found.loc[truths.CUSTOMERS_ONLY, "only"] == "customers"
    assert found.loc["integrations", ["verdict", "only"]].tolist() == ["agents more", ""]
    community = both_sides((loaded.of_posts, loaded.posts), loaded.last_year(), names=("community", "survey"))
    assert community.set_index("topic").loc[truths.COMMUNITY_ONLY, "only"] == "community"


def test_notes_and_comments_agree_on_what_is_echoed_alone(loaded: Loaded) -> None:
    members, rows = loaded.last_year()

    def units(table: pd.DataFrame) -> pd.Series:
        return table["customer_id"] + " " + table["answered_at"].dt.to_period("Q").astype(str)

    found = same_units((loaded.of_notes, units(loaded.notes)), (members, units(rows))).set_index("topic")
    assert (found.loc[list(truths.NOTE_ECHOED), "low"] > 0.1).all()
    other = found.loc[["documentation", "assistant errors"]]
    assert (other["low"] < 0).all()
    assert np.isnan(found.loc[truths.AGENTS_ONLY, "kappa"])


def test_escalations_are_about_the_planted_topic(loaded: Loaded) -> None:
    tickets = loaded.tables["tickets"].set_index("ticket_id")["escalated"]
    found = escalation_reasons(
        loaded.of_notes, loaded.notes, loaded.notes["ticket_id"].map(tickets).astype(bool), topics=loaded.topics
    )
    assert found.table["topic"].iloc[0] == truths.NOTE_ESCALATED[0]
    assert found.table.loc[found.table["verdict"] == "more", "topic"].tolist() == [truths.NOTE_ESCALATED[0]]


def test_the_theme_without_a_touchpoint_and_the_touchpoint_without_a_theme(loaded: Loaded) -> None:
    from cxlab.models.topics.encoders import encoder_of

    survey = loaded.topics[loaded.topics["topic"].isin(truths.TOPIC_EFFECT)]
    # As the words of the comments would name them.
    named = {"helpful people": "friendly contact person", "ease of use": "screens easy to learn"}
    survey = survey.assign(
        name=[named.get(topic, topic) for topic in survey["topic"]],
        terms=[list(phrases.SENTENCES[topic]["en"]) for topic in survey["topic"]],
    )
    found = outside_in(
        loaded.of_survey, loaded.survey, survey, touchpoints_in(loaded.project.topics["touchpoints"]),
        encode=encoder_of("static").encode, period=cx.Period.of(truths.QUARTERS[-1]),
    )  # fmt: skip
    themes = found.themes.set_index("topic")
    assert themes.index[themes["status"] == "not covered"].tolist() == [truths.UNCOVERED_THEME]
    assert themes.loc[list(truths.COVERED_BY), "touchpoint"].to_dict() == truths.COVERED_BY
    quiet = found.touchpoints.loc[found.touchpoints["status"] != "spoken of", "touchpoint"]
    assert quiet.tolist() == [truths.UNSPOKEN_TOUCHPOINT]


def test_owners_come_from_settings_then_from_the_ledger_and_packets_hold_their_promises(loaded: Loaded) -> None:
    actions = loaded.tables["actions"]
    routes = owners_of(loaded.topics, owners=loaded.project.topics["owners"], actions=actions)
    named = routes.set_index("topic")[["owner", "said_by"]]
    assert named.loc["price"].tolist() == ["Pricing team", "settings"]
    assert named.loc["slow reports"].tolist() == ["Head of product", "ledger"]
    assert named.loc["phone menu"].tolist() == ["", ""]
    promises = promises_on(loaded.topics, actions)
    found = packets(
        loaded.of_survey, loaded.survey, loaded.topics, routes, period=cx.Period.of("2026-Q3"),
        before=cx.Period.of("2026-Q2"), promises=promises, subscriptions=loaded.tables["subscriptions"],
        tickets=loaded.tables["tickets"], customers=loaded.tables["customers"],
    )  # fmt: skip
    product = next(packet for packet in found if packet.owner == "Head of product")
    moved = product.findings.set_index("topic")["verdict"]
    assert moved[[truths.NEW_TOPIC, "slow reports"]].tolist() == ["moved up", "moved down"]
    assert set(product.promises["action_id"]) == {"A-09", "A-10"}
    assert product.revenue < product.findings["revenue"].sum(), "accounts with two topics pay once"
    assert product.loop.contact == "the account's next ticket"


def test_the_whole_loop_of_a_quarter(loaded: Loaded) -> None:
    routes = owners_of(loaded.topics, owners=loaded.project.topics["owners"], actions=loaded.tables["actions"])
    when = loaded.survey["answered_at"]
    quarter = cx.Period.of("2026-Q2")
    now = ((when >= quarter.start) & (when < quarter.end)).to_numpy()
    loop = loop_closed(
        loaded.of_survey[now], loaded.survey[now], routes,
        promises=promises_on(loaded.topics, loaded.tables["actions"]),
        tickets=loaded.tables["tickets"], customers=loaded.tables["customers"], as_of=truths.AS_OF,
    )  # fmt: skip
    steps = loop.steps.set_index("step")
    assert 0.5 < steps.loc["acted on", "value"] < steps.loc["routed", "value"] < 1
    assert 0.2 < steps.loc["answered", "value"] < 0.6
    assert 20 < loop.clock.quantile(0.5)[0] < 90


def test_the_life_of_the_planted_topics(loaded: Loaded) -> None:
    counts = counts_by_period(loaded.of_survey, loaded.survey, [cx.Period.of(name) for name in truths.QUARTERS])
    promises = promises_on(loaded.topics, loaded.tables["actions"])
    state = life_cycle(counts, promises=promises).set_index("topic")["state"]
    assert state[truths.NEW_TOPIC] == "new"
    assert state["slow reports"] == "fixed"
    quiet = state.drop([truths.NEW_TOPIC, "slow reports"])
    assert set(quiet) <= {"steady", "cannot tell"}
    unpromised = life_cycle(counts).set_index("topic")["state"]
    assert unpromised["slow reports"] == "fading"


def test_the_settings_name_touchpoints_and_owners(company: object) -> None:
    given = tomllib.loads((company.root / "cxlab.toml").read_text(encoding="utf-8"))["topics"]
    names = [text.split(":")[0] for text in given["touchpoints"]]
    assert set(truths.COVERED_BY.values()) | {truths.UNSPOKEN_TOUCHPOINT} == set(names)
    assert set(given["owners"]) <= set(truths.TOPIC_EFFECT)
