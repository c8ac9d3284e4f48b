"""Another encoder: the topics come over through comments that both have read."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cxlab.errors import ParameterError
from cxlab.models.passport.carry_over import carry_over
from cxlab.models.passport.register import Register, Wishes
from cxlab.models.passport.register_text import from_text, to_text
from tests.models.planted_topics import DIMENSIONS, Planted, hear, id_of, leiden, silent


class OtherEncoder:
    """Sees the same parts in 64 dimensions: turned, bent, with a noise of its own and another common middle."""

    def __init__(self, noise: float = 0.4) -> None:
        self.random, self.noise = np.random.default_rng(9), noise
        self.turn = self.random.normal(size=(DIMENSIONS, 64)) / np.sqrt(DIMENSIONS)

    def encode(self, vectors: np.ndarray) -> np.ndarray:
        rows = np.tanh(2 * vectors @ self.turn) + 0.3
        noise = self.random.normal(size=rows.shape) * self.noise * np.linalg.norm(rows, axis=1, keepdims=True) / 8
        rows = rows + noise
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_topics_come_over_and_the_next_quarter_keeps_their_ids() -> None:
    planted, other = Planted(themes=10, seed=1), OtherEncoder()
    heard, truth = planted.even("2026-Q1")
    first = hear(Register(), heard)
    ids = {theme: id_of(first, truth, theme) for theme in planted.themes}
    carried = carry_over(first.register, heard.vectors, other.encode(heard.vectors), "other")
    assert carried.share >= 0.9 and carried.parts_again >= 0.9
    assert list(carried.table["over"]) == [True] * 10 and set(carried.table["by"]) == {"its comments"}
    assert "10 of 10 topics" in carried.said and carried.register.events[-1].kind == "encoder changed"
    assert carried.register.periods == first.register.periods and carried.register.ids == first.register.ids
    assert from_text(to_text(carried.register)) == carried.register
    same = dataclasses.replace(heard, encoder="other", vectors=other.encode(heard.vectors))
    cut_up = lambda vectors, seed: np.arange(len(vectors)) % 20  # noqa: E731 (an encoder that hears other themes)
    reheard = hear(carried.register, same, cluster=cut_up)
    assert reheard.register.ids == first.register.ids, "a change of the encoder alone is no news"
    assert hear(reheard.register, same, cluster=cut_up).register == reheard.register
    assert (reheard.topics == first.topics).mean() > 0.9
    heard, truth = planted.even("2026-Q2")
    heard = dataclasses.replace(heard, encoder="other", vectors=other.encode(heard.vectors))
    second = hear(carried.register, heard)
    assert {theme: id_of(second, truth, theme) for theme in ids} == ids
    assert second.register.ids == first.register.ids
    assert hear(second.register, heard).register == second.register
    assert any(event.kind == "encoder changed" for event in second.register.events)


def test_counts_made_with_the_old_encoder_stay_unless_asked() -> None:
    planted, other = Planted(themes=5, seed=1), OtherEncoder()
    quarters = [planted.even(f"2026-Q{number}")[0] for number in (1, 2)]
    register = Register()
    for heard in quarters:
        register = hear(register, heard).register
    carried = carry_over(register, quarters[1].vectors, other.encode(quarters[1].vectors), "other").register
    first = dataclasses.replace(quarters[0], encoder="other", vectors=other.encode(quarters[0].vectors))
    again = hear(carried, first)
    assert again.register == carried and "counted with the encoder planted" in again.notes[0]
    anew = hear(carried, first, recount=True).register
    assert anew.periods[0].encoder == "other" and anew.entries == carried.entries


@pytest.mark.slow
def test_a_topic_nobody_spoke_of_comes_over_by_the_comments_of_others_and_can_return() -> None:
    planted, other = Planted(themes=12, seed=3), OtherEncoder(noise=0.2)
    # A theme between others: what is said of those tells how the encoder bends the space.
    blend = sum(planted.spare[at] for at in range(1, 7)) / np.sqrt(6) * 0.8 + 0.6 * planted.spare[0]
    planted.themes["theme 0"] = blend
    heard, truth = planted.even("2026-Q1")
    register = hear(Register(), heard, cluster=leiden).register
    topic = id_of(hear(register, heard, cluster=leiden), truth, "theme 0")
    heard, truth = planted.even("2026-Q2", without=["theme 0"], count=80)
    register = hear(register, heard, cluster=leiden).register
    carried = carry_over(register, heard.vectors, other.encode(heard.vectors), "other")
    row = carried.table.set_index("topic").loc[topic]
    assert row["by"] == "the comments of others" and row["parts"] < 15
    assert carried.share == 1.0
    heard, truth = planted.even("2026-Q3")
    heard = dataclasses.replace(heard, encoder="other", vectors=other.encode(heard.vectors))
    back = hear(carried.register, heard, cluster=leiden)
    assert id_of(back, truth, "theme 0") == topic
    assert back.drift.set_index("topic").loc[topic, "kind"] == "returned"


def test_an_encoder_that_hears_something_else_is_told() -> None:
    planted = Planted(themes=6, seed=1)
    heard, _ = planted.even("2026-Q1")
    register = hear(Register(), heard).register
    noise = np.random.default_rng(0).normal(size=(len(heard.vectors), 300)).astype(np.float32)
    carried = carry_over(register, heard.vectors, noise, "deaf")
    assert carried.parts_again < 1 and carried.table["again"].max() <= 1
    few = carry_over(register, heard.vectors, noise[:, :3], "deaf")
    assert few.share < 0.5, "three dimensions of noise bring hardly a topic over"


def test_what_people_wished_comes_over() -> None:
    planted, other = Planted(themes=5, seed=1), OtherEncoder()
    heard, _ = planted.even("2026-Q1")
    register = hear(Register(), heard).register
    register = register.with_entry(dataclasses.replace(register["T02"], wishes=Wishes("Bills", "Finance", "T01")))
    carried = carry_over(register, heard.vectors, other.encode(heard.vectors), "other").register
    assert carried["T02"].wishes == Wishes("Bills", "Finance", "T01")


def test_parts_that_do_not_fit_are_refused() -> None:
    planted = Planted(themes=5, seed=1)
    heard, _ = planted.even("2026-Q1")
    register = hear(Register(), heard).register
    with pytest.raises(ParameterError, match="Read the same parts with both encoders"):
        carry_over(register, heard.vectors, heard.vectors[1:], "other")
    with pytest.raises(ParameterError, match="Read the same parts with both encoders"):
        carry_over(register, heard.vectors[:, :5], heard.vectors, "other")
    nothing = silent("2026-Q1").vectors
    with pytest.raises(ParameterError, match="0 parts hold a topic of the register; at least 15"):
        carry_over(register, nothing, nothing, "other")


@pytest.mark.slow
def test_over_many_companies_nine_of_ten_topics_come_over() -> None:
    over = asked = 0
    for seed in range(15):
        planted, other = Planted(themes=12, seed=300 + seed), OtherEncoder(noise=0.6)
        heard, _ = planted.even("2026-Q1", count=30)
        register = hear(Register(), heard).register
        carried = carry_over(register, heard.vectors, other.encode(heard.vectors), "other")
        over, asked = over + int(carried.table["over"].sum()), asked + len(carried.table)
    assert asked >= 170 and over / asked >= 0.9
