"""Encoders: the static one equals WordLlama's own, odd texts do no harm, and what is missing is told."""

from __future__ import annotations

import sys
import types
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxlab.errors import CxlabError
from cxlab.models.topics.encoders import Tfidf, encoder_of, to_unit

TEXTS = [
    "The delivery was two weeks late and nobody told us.",
    "Late delivery",
    "I can't log in since the update 😡",
    "La livraison avait deux semaines de retard",
    "配送晚了两个星期",
]


def wordllama_files() -> tuple[Path, Path]:
    spec = find_spec("wordllama")
    if spec is None:
        pytest.skip("wordllama is not installed")
    folder = Path(next(iter(spec.submodule_search_locations)))
    return folder / "weights", folder / "tokenizers"


def test_static_equals_wordllama_itself(tmp_path: Path) -> None:
    weights, tokenizers = wordllama_files()
    (tmp_path / "weights").symlink_to(weights)
    for name in ("tokenizer", "tokenizers"):  # the package ships one and looks for the other
        (tmp_path / name).symlink_to(tokenizers)
    from wordllama import WordLlama

    theirs = WordLlama.load(cache_dir=tmp_path, disable_download=True)
    ours = encoder_of("static").encode(TEXTS)
    assert ours.shape == (5, 256)
    assert ours.dtype == np.float32
    # One by one, for padding is not theirs to count either.
    expected = np.vstack([theirs.embed([text], norm=True) for text in TEXTS])
    assert ours == pytest.approx(expected, abs=1e-3)  # theirs is kept in half precision on the way
    assert (ours * expected).sum(axis=1) == pytest.approx(np.ones(5), abs=1e-4)


def test_static_by_hand() -> None:
    weights, tokenizers = wordllama_files()
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    (table,) = load_file(weights / "l2_supercat_256.safetensors").values()
    tokenizer = Tokenizer.from_file(str(tokenizers / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    ids = tokenizer.encode("Late delivery", add_special_tokens=False).ids
    mean = table[ids].astype(np.float64).mean(axis=0)
    assert encoder_of("static").encode(["Late delivery"])[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_static_hears_likeness() -> None:
    late, short, login, *_ = encoder_of("static").encode(TEXTS)
    assert late @ short > 0.5 > late @ login


def test_odd_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = encoder_of("static")
    odd = ["", " ", "late \ud83d delivery", "late  delivery", "\x00", "\ud800", "delivery late " * 80_000]
    found = encoder.encode(odd)
    assert np.isfinite(found).all()
    length = np.linalg.norm(found, axis=1)
    assert length[[0, 5]] == pytest.approx(0)  # nothing is left of them
    assert length[[2, 3, 6]] == pytest.approx(1, abs=1e-5)
    assert found[2] == pytest.approx(found[3], abs=1e-6)  # half a character is left out
    assert found[6] @ encoder.encode(["delivery late " * 100])[0] > 0.99
    assert encoder.encode([]).shape == (0, 256)
    monkeypatch.setattr("cxlab.models.topics.encoders._BATCH", 2)
    assert encoder.encode(odd) == pytest.approx(found)


def test_static_is_read_once_and_named() -> None:
    assert encoder_of() is encoder_of("static")
    assert encoder_of().name == "wordllama l2_supercat 256"
    assert "nothing leaves this machine" in encoder_of().said
    assert encoder_of().across is False


def test_static_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    from cxlab.models.topics import encoders

    encoders._static.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CxlabError, match=r'pip install "wordllama.*encoder = "tfidf"'):
        encoder_of("static")


@pytest.mark.parametrize(
    ("setting", "package"),
    [
        ("model2vec:some/model", "model2vec"),
        ("sentence-transformers:some/model", "sentence-transformers"),
        ("some/model", "sentence-transformers"),
    ],
)
def test_a_library_that_is_missing_is_told(setting: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    with pytest.raises(CxlabError) as told:
        encoder_of(setting)
    assert f"needs the package {package}" in str(told.value)
    assert 'pip install "cxlab[encoders]"' in str(told.value)


@pytest.mark.parametrize("setting", ["model2vec:no/such", "no/such"])
def test_a_model_that_is_not_there_is_told(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise OSError("no/such is not a local folder and is not a valid model identifier")

    for name, kind in (("model2vec", "StaticModel"), ("sentence_transformers", "SentenceTransformer")):
        library = types.ModuleType(name)
        setattr(library, kind, type(kind, (), {"__init__": missing, "from_pretrained": missing}))
        monkeypatch.setitem(sys.modules, name, library)
    with pytest.raises(CxlabError, match=r"'no/such' could not be loaded \(OSError\).*folder"):
        encoder_of(setting)


def tokenizer_of(words: list[str]) -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, **{word: at + 1 for at, word in enumerate(words)}}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer


def test_a_model2vec_folder(tmp_path: Path) -> None:
    model2vec = pytest.importorskip("model2vec", reason="model2vec is not installed (cxlab[encoders])")
    table = np.vstack([np.zeros(3), np.eye(3)]).astype(np.float32)
    model2vec.StaticModel(table, tokenizer_of(["late", "parcel", "price"]), config={"normalize": True}).save_pretrained(
        str(tmp_path / "tiny")
    )
    encoder = encoder_of(f"model2vec:{tmp_path / 'tiny'}")
    found = encoder.encode(["late parcel", "price", "late \ud83d parcel"])
    assert found == pytest.approx(np.array([[0.5**0.5, 0.5**0.5, 0], [0, 0, 1], [0.5**0.5, 0.5**0.5, 0]]), abs=1e-6)
    assert encoder.name == f"model2vec {tmp_path / 'tiny'}"
    assert encoder.said.endswith("the model tiny.")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("prefix", ["", "sentence-transformers:"])
def test_a_sentence_transformers_folder(tmp_path: Path, prefix: str) -> None:
    library = pytest.importorskip(
        "sentence_transformers", reason="sentence-transformers is not installed (cxlab[encoders])"
    )
    from sentence_transformers.models import StaticEmbedding

    table = np.vstack([np.zeros(3), np.eye(3)]).astype(np.float32)
    layer = StaticEmbedding(tokenizer_of(["late", "parcel", "price"]), embedding_weights=table)
    library.SentenceTransformer(modules=[layer], device="cpu").save(str(tmp_path / "tiny"))
    encoder = encoder_of(f"{prefix}{tmp_path / 'tiny'}")
    found = encoder.encode(["late parcel", "price"])
    assert found == pytest.approx(np.array([[0.5**0.5, 0.5**0.5, 0], [0, 0, 1]]), abs=1e-6)
    assert encoder.across is True


def test_tfidf_hears_words_only() -> None:
    encoder = encoder_of("tfidf")
    assert isinstance(encoder, Tfidf)
    texts = ["parcel came late", "late parcel again", "price too high", "high price again", "parcel late", "price high"]
    found = encoder.encode(texts)
    assert found[0] @ found[4] > 0.6 > abs(found[0] @ found[5])
    assert np.linalg.norm(encoder.encode(["nothing known here"])) == pytest.approx(0)
    assert encoder.encode(texts) == pytest.approx(found)


def test_tfidf_is_named_by_its_words() -> None:
    texts = ["late parcel", "late price", "parcel price late"]
    one, again, other = (Tfidf().fit(each) for each in (texts, texts[::-1], [*texts, "price late"]))
    assert one.name.startswith("tfidf ")
    assert one.name == again.name != other.name


def test_tfidf_without_words_is_told() -> None:
    with pytest.raises(CxlabError, match="TF-IDF has nothing"):
        Tfidf().encode(["!!!", "..."])


def test_to_unit_keeps_zeros() -> None:
    assert to_unit(np.array([[3.0, 4.0], [0.0, 0.0]])) == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))
