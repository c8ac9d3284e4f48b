"""What customers say from period to period: every period's comments by the topics of one register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlab.models.passport.carry_over import carry_over
from cxlab.models.passport.register import Register
from cxlab.models.passport.updating import Heard, Updated, update
from cxlab.models.texts.preparing import Prepared, prepare
from cxlab.models.topics.clustering import Clustering, groups_of
from cxlab.models.topics.encoders import STATIC, Encoder, Tfidf, encoder_of
from cxlab.models.topics.hearing import Topics
from cxlab.models.topics.naming import name_topics
from cxlab.models.topics.neighbours import RESOLUTION
from cxlab.models.topics.remarks import remarks_of
from cxlab.models.topics.units import units_of
from cxlab.models.topics.vectors import encode_once
from cxlab.periods import Period


@dataclass(frozen=True)
class Told:
    """A period's comments (`rows`, as they were given, RangeIndex), their `topics`, and what the register made of them
    (`updated`)."""

    period: Period
    rows: pd.DataFrame
    topics: Topics
    updated: Updated


@dataclass(frozen=True)
class Conversation:
    """All periods, the oldest first, the register after the last of them, and sentences on what was done to it.

    lasts: whether the register holds for the next run.
    """

    told: tuple[Told, ...]
    register: Register
    notes: tuple[str, ...]
    lasts: bool

    @property
    def now(self) -> Told:
        """The last period."""
        return self.told[-1]

    @property
    def before(self) -> Told | None:
        """The period before it, if it was heard and anything was said in it."""
        return self.told[-2] if len(self.told) > 1 and len(self.told[-2].rows) else None


@dataclass(frozen=True)
class _Read:
    period: Period
    rows: pd.DataFrame
    prepared: Prepared
    units: pd.DataFrame
    vectors: NDArray[np.float32]


def listen(
    rows: pd.DataFrame,
    periods: Sequence[Period],
    register: Register | None = None,
    *,
    encoder: str = STATIC,
    smallest: int | None = None,
    resolution: float = RESOLUTION,
    narrowed: str = "",
    seed: int = 0,
) -> Conversation:
    """Hear the comments of `periods`, the oldest first, by the topics of a register; the first ones found make it.

    rows: a row a comment with answered_at and comment; customer_id, respondent_id and language where known. register:
    of earlier runs, with people's wishes in it (`granting.with_wishes`). narrowed: what the rows are narrowed to; then
    nothing enters a register that is there. The rest is as `topics.hearing.hear_topics` takes it. A register of another
    encoder is carried over by the comments of its last period, where these are among `periods`. TF-IDF knows no text
    but those it was fitted to: with it topics are found anew in every run and no register lasts.
    """
    register = register or Register()
    speaker = encoder_of(encoder)
    lasts = not isinstance(speaker, Tfidf) and not narrowed
    # Without any register a part of the company has topics of its own, for this run.
    narrowed = narrowed if register.centre else ""
    if isinstance(speaker, Tfidf):
        register = Register()
        speaker.fit(units_of(prepare(rows["comment"]))["text"].tolist())
    read = [_read(rows, period, speaker) for period in sorted(periods, key=lambda each: each.start)]
    register, notes = _same_encoder(register, speaker, read)
    cluster = Clustering(smallest, resolution)
    told: list[tuple[_Read, Updated]] = []
    for each in read:
        updated = _update(register, each, speaker, cluster, narrowed, seed)
        register = updated.register
        told.append((each, updated))
        notes += updated.notes
    names = _names(register)
    standing = {topic: register.standing(topic) for topic in register.ids}
    return Conversation(
        tuple(
            Told(each.period, each.rows, _topics(each, updated, cluster, speaker, names, standing, seed), updated)
            for each, updated in told
        ),
        register,
        tuple(dict.fromkeys(notes)),
        lasts,
    )


def _read(rows: pd.DataFrame, period: Period, speaker: Encoder) -> _Read:
    when = pd.to_datetime(rows["answered_at"])
    own = rows[(when >= period.start) & (when < period.end)].reset_index(drop=True)
    author = next((own[name] for name in ("respondent_id", "customer_id") if name in own), None)
    prepared = prepare(own["comment"], author=author, language=own.get("language"))
    units = units_of(prepared)
    return _Read(period, own, prepared, units, encode_once(speaker, units))


def _update(
    register: Register, each: _Read, speaker: Encoder, cluster: Clustering, narrowed: str, seed: int
) -> Updated:
    def naming(labels: NDArray[np.int64], taken: list[str]) -> pd.DataFrame:
        return name_topics(
            each.units["text"].tolist(), each.units["language"].tolist(), labels, vectors=each.vectors, taken=taken
        )

    heard = Heard(
        period=each.period,
        encoder=speaker.name,
        vectors=each.vectors,
        comment=each.units["comment"].to_numpy(),
        comments=int(each.prepared.comments["heard"].sum()),
        narrowed=narrowed,
        group=groups_of(each.units["language"], speaker.across),
    )
    return update(register, heard, cluster, naming=naming, smallest=cluster.fewest(len(each.units)), seed=seed)


def _topics(
    each: _Read,
    updated: Updated,
    cluster: Clustering,
    speaker: Encoder,
    names: pd.DataFrame,
    standing: Mapping[str, str],
    seed: int,
) -> Topics:
    topic = pd.Series(updated.topics, dtype=object)
    topic = topic.where(topic.isin(names["topic"]), None)
    units = each.units.assign(topic=topic.to_numpy(), similarity=updated.assigned.similarity.astype(float))
    size = units.groupby("topic")["comment"].nunique()
    order = names.assign(_n=names["topic"].map(size).fillna(0)).sort_values(["_n", "topic"], ascending=[False, True])
    return Topics(
        prepared=each.prepared,
        units=units,
        known=updated.known,
        names=order.drop(columns="_n").reset_index(drop=True),
        encoder=speaker,
        remarks=remarks_of(each.prepared, units, speaker.across),
        vectors=each.vectors,
        cluster=cluster,
        seed=seed,
        standing=standing,
    )


def _names(register: Register) -> pd.DataFrame:
    """Topics that stand and are told: those people muted keep their comments and are left out."""
    table = register.table()
    return table[~table["muted"].astype(bool)].reset_index(drop=True)


def _same_encoder(register: Register, speaker: Encoder, read: Sequence[_Read]) -> tuple[Register, list[str]]:
    """The register in the space of the encoder that speaks now, and a sentence where it had to be carried over."""
    latest = max((each.start for each in register.periods), default="")
    last = next((each for each in read if each.period.start.date().isoformat() == latest), None)
    if not register.centre or speaker.name == register.encoder or last is None or last.units.empty:
        return register, []
    old = encode_once(encoder_of(_setting_of(register.encoder)), last.units)
    carried = carry_over(register, old, last.vectors, speaker.name)
    return carried.register, [carried.said]


def _setting_of(encoder: str) -> str:
    """The setting that gives the encoder of this name."""
    kind, _, name = encoder.partition(" ")
    return STATIC if kind == "wordllama" else f"{kind}:{name}"
