"""The sample company: raw exports with realistic dirt and planted truths, and the mapping that fits them."""

from __future__ import annotations

import importlib.resources
import math
import os
import shutil
import tempfile
from pathlib import Path

from cxlab.demo import truths
from cxlab.demo.comments import mentioned_topics
from cxlab.demo.company import FILES, write_exports
from cxlab.demo.voices import spoken_topics
from cxlab.errors import ParameterError, ProjectError

__all__ = ["build", "mentioned_topics", "spoken_topics", "truths"]

_LEFT_ALONE = ("README.md", ".gitkeep")
SMALLEST_SCALE = 0.1


def build(root: Path, scale: float = 1.0, seed: int | None = None) -> list[Path]:
    """Write the sample company's exports into `root`/data/raw, and cxlab.toml where the project has none.

    `scale` 1 gives some 2,500 accounts and 1,400 NPS answers a quarter; `seed` is truths.SEED unless given. Returns the
    paths written, mapping included. Everything is generated beside data/raw first and moved in finished. Raises
    ProjectError when data/raw holds files that are not the sample company's, ParameterError for an unusable scale; in
    both cases nothing is written.
    """
    if not (math.isfinite(scale) and scale >= SMALLEST_SCALE):
        raise ParameterError(f"scale = {scale!r}: the sample company needs a scale of at least {SMALLEST_SCALE}.")
    if seed is not None and seed < 0:
        raise ParameterError(f"seed = {seed!r}: write a whole number, 0 or more.")
    root = Path(root)
    raw = root / "data" / "raw"
    _refuse_foreign_files(raw)
    raw.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".demo-", dir=raw.parent))
    try:
        write_exports(draft, scale, truths.SEED if seed is None else seed)
        paths = []
        for name in FILES:
            path = raw / name
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(draft / name, path)
            paths.append(path)
        mapping = root / "cxlab.toml"
        if not mapping.exists():
            text = importlib.resources.files("cxlab.demo").joinpath("cxlab.toml").read_bytes()
            (draft / "cxlab.toml").write_bytes(text)
            os.replace(draft / "cxlab.toml", mapping)
            paths.append(mapping)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return paths


def _refuse_foreign_files(raw: Path) -> None:
    """Raise ProjectError if `raw` is no folder, or holds files that the sample company would not write."""
    if raw.exists() and not raw.is_dir():
        raise ProjectError(f"{raw} is a file, not a folder. Move it away and run `cxlab demo` again.")
    allowed = {*FILES, *_LEFT_ALONE}
    foreign = sorted(
        path.relative_to(raw).as_posix()
        for path in raw.rglob("*")
        if (path.is_file() or path.is_symlink()) and path.relative_to(raw).as_posix() not in allowed
    )
    if foreign:
        shown = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        raise ProjectError(
            f"{raw} already holds exports that are not the sample company's: {shown}. The sample company is not mixed "
            "with other data: move these files away, or build it elsewhere with `cxlab demo --root DIR`."
        )
