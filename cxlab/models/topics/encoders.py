"""Texts to vectors: a static model that a package carries, any model by name or folder, or TF-IDF as the last resort.

All give rows of length 1 (a text without a single known token: a row of zeros), so that a dot product is a cosine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cxlab.errors import CxlabError

Vectors = NDArray[np.float32]
STATIC, TFIDF = "static", "tfidf"
#: Tokens of one text that are read. A comment of a megabyte says what it is about long before that.
_MOST_TOKENS = 1_000
#: Characters handed to a tokenizer: more cannot become more tokens than are read.
_MOST_CHARACTERS = 20_000
_BATCH = 2_000
_TFIDF_DIMENSIONS = 100


class Encoder(Protocol):
    """What turns texts into vectors. `name` identifies it: vectors of two names cannot be compared.

    across: whether it is made to compare texts across languages. Where it is not, words that only hold a sentence
    together are left out in languages other than English, since they say little but which language it is.
    """

    across: bool

    @property
    def name(self) -> str:
        """Which model this is, with its version."""

    @property
    def said(self) -> str:
        """A sentence for readers: which encoder spoke and what it cannot do."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, d) of length 1 or 0."""


def encoder_of(setting: str = STATIC) -> Encoder:
    """The encoder that `[topics] encoder` names.

    "static": token vectors of WordLlama (l2_supercat, 256 dimensions, MIT), which a package carries; no network.
    "tfidf": TF-IDF of words and pairs of words, reduced by SVD to 100 dimensions, fitted to the texts it is given.
    Anything else is a model's name or local folder: "model2vec:NAME", "sentence-transformers:NAME" or, which is the
    same, NAME. Raises CxlabError where a library or model is not there.
    """
    if setting == STATIC:
        return _static()
    if setting == TFIDF:
        return Tfidf()
    if setting.startswith("model2vec:"):
        return _model2vec(setting.removeprefix("model2vec:"))
    return _sentence_transformer(setting.removeprefix("sentence-transformers:"))


class Static:
    """Mean of the token vectors of a text, as WordLlama computes it, without its padding.

    WordLlama pads a batch to its longest text: one comment of a megabyte among 64 would take 16 GB.
    """

    across = False
    name = "wordllama l2_supercat 256"
    said = (
        "Comments were compared by the WordLlama word model, which ships with the software and nothing leaves this "
        "machine. It knows English best: the same thing said in two languages may stand apart."
    )

    def __init__(self, weights: Path, tokenizer: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        (self._vectors,) = (table.astype(np.float32) for table in load_file(weights).values())
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, 256)."""
        found = np.zeros((len(texts), self._vectors.shape[1]), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = [_clean(text) for text in texts[start : start + _BATCH]]
            tokens = [one.ids for one in self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
            lengths = np.fromiter((len(ids) for ids in tokens), dtype=np.int64, count=len(tokens))
            some = np.flatnonzero(lengths)
            if not len(some):
                continue
            flat = self._vectors[np.concatenate([tokens[place] for place in some]).astype(np.int64)]
            ends = np.cumsum(lengths[some])
            found[start + some] = to_unit(np.add.reduceat(flat, np.concatenate([[0], ends[:-1]]), axis=0))
        return found


@lru_cache(maxsize=1)
def _static() -> Static:
    """The model out of the package's files. The package is not imported: it sets up logging and a downloader."""
    from importlib.util import find_spec

    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise CxlabError(
            "the static encoder needs the package wordllama, which is not installed. Install it "
            '(pip install "wordllama>=0.4.0.post1"), or set encoder = "tfidf" under [topics] in cxlab.toml.'
        )
    folder = Path(next(iter(spec.submodule_search_locations)))
    return Static(
        folder / "weights" / "l2_supercat_256.safetensors", folder / "tokenizers" / "l2_supercat_tokenizer_config.json"
    )


class Tfidf:
    """TF-IDF of words and pairs of words, the leading dimensions of its singular value decomposition (LSA)."""

    across = False
    said = (
        "Comments were compared by the words they share and nothing else: the same thing said in other words stands "
        "apart. A language model as encoder would hear more."
    )

    def __init__(self) -> None:
        self._fitted: Any = None
        self.name = TFIDF

    def fit(self, texts: Sequence[str]) -> Tfidf:
        """Take in the words of these texts; `name` then says which they are."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline

        cleaned = [_clean(text) for text in texts]
        words = TfidfVectorizer(
            ngram_range=(1, 2), min_df=min(2, max(len(cleaned), 1)), sublinear_tf=True, token_pattern=r"(?u)\w+"
        )
        try:
            counted = words.fit_transform(cleaned)
        except ValueError as wrong:
            raise CxlabError(
                "the comments hold no word twice, so TF-IDF has nothing to compare them by. Give more comments, or set "
                'encoder = "static" under [topics] in cxlab.toml.'
            ) from wrong
        reduced = TruncatedSVD(max(min(_TFIDF_DIMENSIONS, *(side - 1 for side in counted.shape)), 1), random_state=0)
        reduced.fit(counted)
        self._fitted = make_pipeline(words, reduced)
        vocabulary = "\n".join(sorted(words.vocabulary_))
        self.name = f"{TFIDF} {hashlib.sha256(vocabulary.encode()).hexdigest()[:12]}"
        return self

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, up to 100). Where it was not fitted before, these texts fit it."""
        if self._fitted is None:
            self.fit(texts)
        return to_unit(self._fitted.transform([_clean(text) for text in texts]).astype(np.float32))


class _Model:
    """A model of sentence-transformers or model2vec behind one name."""

    across = True

    def __init__(self, name: str, model: Any, **options: Any) -> None:
        self.name = name
        self.said = f"Comments were compared by the model {name.split('/')[-1]}."
        self._model, self._options = model, options

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, d)."""
        found = self._model.encode([_clean(text) for text in texts], **self._options)
        return to_unit(np.asarray(found, dtype=np.float32))


def _model2vec(name: str) -> Encoder:
    try:
        from model2vec import StaticModel
    except ImportError as missing:
        raise _not_installed(name, "model2vec") from missing
    return _Model(f"model2vec {name}", _loaded(name, StaticModel.from_pretrained))


def _sentence_transformer(name: str) -> Encoder:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as missing:
        raise _not_installed(name, "sentence-transformers") from missing
    model = _loaded(name, lambda path: SentenceTransformer(path, device="cpu"))
    return _Model(f"sentence-transformers {name}", model, show_progress_bar=False)


def _loaded(name: str, load: Any) -> Any:
    try:
        return load(name)
    except Exception as wrong:  # what a hub client raises is not one family
        raise CxlabError(
            f"the encoder {name!r} could not be loaded ({type(wrong).__name__}). Name a folder that holds the model, "
            'or a model this machine can download, or set encoder = "static" under [topics] in cxlab.toml.'
        ) from wrong


def _not_installed(name: str, package: str) -> CxlabError:
    return CxlabError(
        f"the encoder {name!r} needs the package {package}, which is not installed. Install it "
        '(pip install "cxlab[encoders]"), or set encoder = "static" under [topics] in cxlab.toml.'
    )


def _clean(text: str) -> str:
    """A text a tokenizer takes: no lone surrogates, bounded."""
    return text[:_MOST_CHARACTERS].encode("utf-8", "ignore").decode("utf-8")


def to_unit(vectors: NDArray[Any]) -> Vectors:
    """Rows of length 1; rows of zeros stay so."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors, dtype=np.float32), where=length > 1e-9)
