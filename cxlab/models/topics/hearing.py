"""What open comments speak of: from texts to topics with a name, a size and a grade, and each comment's topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlab.errors import ParameterError
from cxlab.models.impact.contributions import Impact, contributions
from cxlab.models.impact.reassigned import reassigned
from cxlab.models.texts.preparing import Prepared, prepare
from cxlab.models.topics.clustering import Clustering, apart, groups_of
from cxlab.models.topics.encoders import STATIC, Encoder, encoder_of
from cxlab.models.topics.few import FEW
from cxlab.models.topics.known import Known, radius_of
from cxlab.models.topics.naming import name_topics
from cxlab.models.topics.neighbours import RESOLUTION, centroids
from cxlab.models.topics.refits import refits
from cxlab.models.topics.remarks import remarks_of
from cxlab.models.topics.stability import Stability, stability_of
from cxlab.models.topics.units import units_of
from cxlab.models.topics.vectors import centre_of, encode_once, nearness
from cxlab.stats.estimates import Counts, share

Labels = NDArray[np.int64]
#: A topic is graded on at most so many units and by so many refits.
_JUDGED, _REFITS = 6_000, 8
#: Refits whose assignments intervals of points are widened by.
_REASSIGNED = 6
TABLE = ["topic", "name", "terms", "n", "share", "low", "high", "jaccard", "grade", "tone"]


@dataclass(frozen=True)
class Topics:
    """Comments and their topics.

    prepared: the comments as they came and what was set aside. units: what was compared, a row a comment or a part of
    one that speaks of several things: comment (its row), text, language, tone, topic (id, None), similarity (cosine to
    the middle of its topic). known: the topics as directions. names: topic (id), name, terms and whatever else is
    known of a topic, in the order in which they are told. encoder: what compared them. remarks: sentences for readers.
    standing: topic of `known` -> the one it counts under, where people put topics together.
    """

    prepared: Prepared
    units: pd.DataFrame
    known: Known
    names: pd.DataFrame
    encoder: Encoder
    remarks: tuple[str, ...]
    vectors: NDArray[np.float32] = field(repr=False)
    cluster: Clustering = field(repr=False)
    seed: int = 0
    standing: Mapping[str, str] = field(default_factory=dict)

    @property
    def spoke(self) -> str:
        """Which encoder spoke, as a sentence."""
        return self.encoder.said

    @cached_property
    def members(self) -> pd.DataFrame:
        """Comments x topics (bool): every topic that a comment holds. Rows as the comments were given."""
        return self._held(self.prepared, self.units)

    def held_in(self, texts: Sequence[Any], language: Sequence[Any] | None = None) -> pd.DataFrame:
        """Other texts (notes, posts) x topics (bool): which of these topics they speak of. None is made new."""
        prepared = prepare(texts, language=language)
        units = units_of(prepared)
        return self._by_these(prepared, units, encode_once(self.encoder, units))

    def held_by(self, other: Topics) -> pd.DataFrame:
        """Comments that the same encoder heard before x topics (bool): which of these topics, not theirs, they hold."""
        return self._by_these(other.prepared, other.units, other.vectors)

    def _by_these(self, prepared: Prepared, units: pd.DataFrame, vectors: NDArray[np.float32]) -> pd.DataFrame:
        best = self.known.assign(vectors).best if len(units) else []
        ids = [self.standing.get(topic, topic) for topic in self.known.ids]
        return self._held(prepared, units.assign(topic=[ids[place] if place >= 0 else None for place in best]))

    def _held(self, prepared: Prepared, units: pd.DataFrame) -> pd.DataFrame:
        ids = self.names["topic"].tolist()
        held = np.zeros((len(prepared.comments), len(ids)), dtype=bool)
        place = units["topic"].map({topic: at for at, topic in enumerate(ids)})
        told = place.notna()
        held[units.loc[told, "comment"], place[told].astype(int)] = True
        return pd.DataFrame(held, columns=ids)

    @cached_property
    def labels(self) -> list[str | None]:
        """The main topic of each comment: the one that most of its text speaks of; None where there is none."""
        told = self.units[self.units["topic"].notna()]
        found: list[str | None] = [None] * len(self.prepared.comments)
        if told.empty:
            return found
        weight = told.assign(weight=np.sqrt(told["text"].str.len()) * (1 + told["similarity"]))
        by_topic = weight.groupby(["comment", "topic"], sort=True)["weight"].sum()
        for comment, topic in by_topic.groupby(level="comment", sort=False).idxmax():
            found[comment] = topic
        return found

    @cached_property
    def stability(self) -> Stability | None:
        """How well the topics are found again in resampled comments; None where there are too few."""
        labels = self._places
        if len(labels) < FEW or labels.max(initial=-1) < 0:
            return None
        rows = np.arange(len(labels))
        if len(rows) > _JUDGED:
            rows = np.sort(np.random.default_rng([self.seed, 7]).choice(rows, _JUDGED, replace=False))
        quick = self.cluster.quick(len(rows) / len(labels))
        group = groups_of(self.units["language"], self.encoder.across)[rows]
        return stability_of(
            # The group stands in the last column: a refit takes rows, and each must stay with its own.
            np.column_stack([self.known.centred(self.vectors[rows]), group]).astype(np.float32),
            labels[rows],
            lambda part, seed: apart(quick, part[:, :-1], seed, part[:, -1].astype(np.int64)),
            groups=self.units["comment"].to_numpy()[rows],
            times=_REFITS,
            other_seeds=1,
            seed=self.seed,
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a topic: topic, name, terms, n (comments that hold it), share of the comments heard with Wilson's
        95 % interval, jaccard and grade ("A" to "D", "" where too few comments to judge), tone (mean, -1 to 1)."""
        heard = int(self.prepared.comments["heard"].sum())
        n = self.members.sum(axis=0).to_numpy(dtype=float)
        whole = np.full(len(n), float(max(heard, 1)))
        estimate = share(Counts(n=whole, units=whole, sy=n, sx=whole, syy=n, sxy=n, sxx=whole))
        table = self.names.assign(n=n.astype(int), share=estimate.value, low=estimate.low, high=estimate.high)
        judged = self.stability
        if judged is None:
            table = table.assign(jaccard=np.nan, grade="")
        else:
            by_topic = judged.table.set_index("topic").reindex(range(len(table)))
            table = table.assign(
                jaccard=by_topic["jaccard"].to_numpy(), grade=by_topic["grade"].fillna("D").to_numpy(dtype=object)
            )
        tone = self.units.groupby("topic")["tone"].mean()
        table = table.assign(tone=table["topic"].map(tone).fillna(0.0).astype(float))
        return table[[*TABLE, *(name for name in table if name not in TABLE)]]

    @cached_property
    def refits(self) -> list[pd.DataFrame]:
        """Comments x topics in refits to other draws of the comments; topics that one did not find are not in it.

        Empty where there are too few comments to refit.
        """
        ids, labels = self.names["topic"].tolist(), self._places
        if len(labels) < FEW or labels.max(initial=-1) < 0:
            return []
        group = groups_of(self.units["language"], self.encoder.across)
        drawn = refits(
            self.known.centred(self.vectors),
            labels,
            lambda part, seed, rows: apart(self.cluster.quick(), part, seed, group[rows]),
            group=group,
            comment=self.units["comment"].to_numpy(),
            times=_REASSIGNED,
            seed=self.seed,
        )
        frames = []
        for again in drawn:
            topic = [ids[place] if place >= 0 else None for place in again]
            held = self._held(self.prepared, self.units.assign(topic=topic))
            frames.append(held[[each for at, each in enumerate(ids) if (again == at).any()]])
        return frames

    @property
    def _places(self) -> Labels:
        """The place of each unit's topic in `names`, -1 none."""
        place = self.units["topic"].map({each: at for at, each in enumerate(self.names["topic"])})
        return place.fillna(-1).to_numpy(dtype=np.int64)

    def impact(self, score: ArrayLike, controls: Any = None, **options: Any) -> pd.DataFrame:
        """Points of the score that go with each topic, all topics reckoned together: topic, name, value, low, high ...

        score: one a comment (NaN unknown); whole numbers 0-10 of which some exceed 7 are counted as NPS. controls:
        frame or column, a row a comment. options: those of `models.impact.contributions`. The last row is the
        remainder; values add up to `attrs["gap"]`. Intervals hold the uncertainty of assignment (`impact.reassigned`).
        """
        found = self.impact_of(score, controls, **options)
        table = found.table.copy()
        names = dict(zip(self.names["topic"], self.names["name"], strict=True))
        table.insert(1, "name", [names.get(topic, topic) for topic in table["topic"]])
        table.attrs.update(gap=found.gap, score=found.score, reference=found.reference, measure=found.measure)
        return table

    def impact_of(self, score: ArrayLike, controls: Any = None, **options: Any) -> Impact:
        """As `impact`, with the gap, the reference and remarks for readers. Duplicates of a comment have no say."""
        heard = self.prepared.comments["heard"].to_numpy()
        known = np.asarray(pd.to_numeric(pd.Series(np.asarray(score, dtype=object)), errors="coerce"), dtype=float)
        if len(known) != len(heard):
            raise ParameterError(
                f"impact: {len(known)} scores for {len(heard)} comments. Give one a comment, NaN if unknown."
            )
        if self.names.empty:
            raise ParameterError("no topic was found in these comments, so no points of the score can go with any.")
        scores = np.where(heard, known, np.nan)

        def reckoned(members: pd.DataFrame) -> Impact:
            return contributions(members, scores, controls=controls, **{"seed": self.seed, **options})

        return reassigned(reckoned(self.members), self.refits, reckoned)

    def as_bertopic(self) -> Any:
        """A `bertopic.BERTopic` of the units, fitted with the same clusters: c-TF-IDF, charts, saving."""
        from cxlab.models.topics.frame import as_bertopic

        return as_bertopic(
            self.units["text"].tolist(),
            self.units["language"].tolist(),
            self.known.centred(self.vectors),
            Fixed(self._places, self.known),
            self.names["name"].tolist(),
        )


class Fixed:
    """Clusters that are there already, behind the interface that BERTopic asks a clusterer for."""

    def __init__(self, places: Labels, known: Known) -> None:
        self.labels_ = places
        self._centroids = known.centroids

    def fit(self, vectors: NDArray[np.float32], y: object = None) -> Fixed:
        """Nothing is left to fit."""
        return self

    def predict(self, vectors: NDArray[np.float32]) -> Labels:
        """The nearest topic of each row."""
        return (vectors @ self._centroids.T).argmax(axis=1)


def hear_topics(
    comments: Sequence[Any],
    *,
    author: Sequence[Any] | None = None,
    language: Sequence[Any] | None = None,
    encoder: str | Encoder = STATIC,
    smallest: int | None = None,
    resolution: float = RESOLUTION,
    seed: int = 0,
) -> Topics:
    """Find what comments speak of.

    comments: n texts; None and blanks are empty. author, language: n each, see `texts.preparing.prepare`. encoder: as
    `[topics] encoder` in cxlab.toml. smallest: comments that a topic needs (None: 5 to 15 by how many there are).
    resolution: above 2 more and smaller topics. Non-answers and duplicates are counted and set aside; comments that
    speak of several things are split; from `FEW` units on topics are communities of comments that share their
    nearest neighbours (`neighbours`), below that groups that say nearly the same (`few`). The same comments and seed
    give the same topics.
    """
    speaker = encoder_of(encoder) if isinstance(encoder, str) else encoder
    prepared = prepare(comments, author=author, language=language)
    units = units_of(prepared)
    vectors = encode_once(speaker, units)
    cluster = Clustering(smallest, resolution)
    centre = centre_of(vectors)
    known = Known(speaker.name, centre, (), np.zeros((0, vectors.shape[1]), np.float32), np.zeros(0, np.float32))
    unit = known.centred(vectors)
    labels = apart(cluster, unit, seed, groups_of(units["language"], speaker.across))
    middle = centroids(unit, labels)
    own = nearness(unit, middle, labels)
    ids = tuple(f"T{place + 1:02d}" for place in range(len(middle)))
    radius = np.array([radius_of(own[labels == place]) for place in range(len(middle))], dtype=np.float32)
    named = name_topics(units["text"].tolist(), units["language"].tolist(), labels, vectors=unit)
    named = named[named["topic"] >= 0].assign(topic=lambda table: [ids[place] for place in table["topic"]])
    told = units.assign(topic=[ids[place] if place >= 0 else None for place in labels], similarity=own)
    return Topics(
        prepared=prepared,
        units=told,
        known=Known(speaker.name, centre, ids, middle, radius),
        names=named.reset_index(drop=True),
        encoder=speaker,
        remarks=remarks_of(prepared, told, speaker.across),
        vectors=vectors,
        cluster=cluster,
        seed=seed,
    )
