"""The readable churn model beside what a user would reach for, on IBM Telco: quality and process CPU time, one run.

    python benchmarks/bench_churn.py

Every model is asked about the same five stratified, shuffled parts (seed 0). "cxlab, score" is explain_churn until its
score is known: reading columns, looking for copies and doubles, the whole model, five folds, the search for pairs and
recalibration. "cxlab, everything" adds drivers with intervals and controls, curves, alarms and the boosting check.
Needs ../shared/data (or $CXLAB_SHARED_DATA) and, for the peer, `pip install interpret-core`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402 - the number of threads is set first
import pandas as pd  # noqa: E402

SEED, FOLDS = 0, 5


def telco() -> tuple[pd.DataFrame, pd.Series]:
    """Features and who left; stops with a sentence where the file is not there."""
    folder = Path(os.environ.get("CXLAB_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    file = folder / "telco-churn" / "Telco-Customer-Churn.csv"
    if not file.is_file():
        print(f"skipped: {file} is not there (set CXLAB_SHARED_DATA)")
        sys.exit(0)
    rows = pd.read_csv(file)
    return rows.drop(columns=["customerID", "Churn"]), rows["Churn"].eq("Yes")


def folded(make: Callable[[], object], frame: pd.DataFrame, left: pd.Series) -> np.ndarray:
    """Chances of rows that a fresh model of each fold has not seen."""
    from sklearn.model_selection import StratifiedKFold

    chance = np.full(len(left), np.nan)
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(frame, left):
        model = make().fit(frame.iloc[train], left.iloc[train])
        chance[test] = model.predict_proba(frame.iloc[test])[:, 1]
    return chance


def cxlab_score(frame: pd.DataFrame, left: pd.Series) -> np.ndarray:
    import cxlab as cx

    return cx.explain_churn(frame, left, seed=SEED).predictions["chance"].to_numpy()


def cxlab_everything(frame: pd.DataFrame, left: pd.Series) -> np.ndarray:
    import cxlab as cx

    model = cx.explain_churn(frame, left, seed=SEED)
    for part in ("score", "drivers", "curves", "interactions", "alarms", "calibration", "checks"):
        getattr(model, part)
    return model.predictions["chance"].to_numpy()


def numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """What most tutorials do: charges as numbers, everything else as columns of 0 and 1."""
    charges = pd.to_numeric(frame["TotalCharges"], errors="coerce").fillna(0.0)
    return pd.get_dummies(frame.assign(TotalCharges=charges), dtype=float)


def logistic(frame: pd.DataFrame, left: pd.Series) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return folded(lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), numbers(frame), left)


def boosting(frame: pd.DataFrame, left: pd.Series) -> np.ndarray:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return folded(lambda: HistGradientBoostingClassifier(random_state=SEED), numbers(frame), left)


def explainable_boosting(frame: pd.DataFrame, left: pd.Series) -> np.ndarray:
    from interpret.glassbox import ExplainableBoostingClassifier

    charges = pd.to_numeric(frame["TotalCharges"], errors="coerce").fillna(0.0)
    return folded(
        lambda: ExplainableBoostingClassifier(random_state=SEED, n_jobs=1), frame.assign(TotalCharges=charges), left
    )


def main() -> None:
    """Print a line a model, and the ratios."""
    from sklearn.metrics import brier_score_loss, roc_auc_score

    frame, left = telco()
    cxlab_score(frame.head(500), left.head(500))  # imports and first calls are nobody's
    contenders = {
        "cxlab, score": cxlab_score,
        "cxlab, everything": cxlab_everything,
        "logistic regression": logistic,
        "gradient boosting": boosting,
    }
    try:
        import interpret.glassbox  # noqa: F401 - the peer is optional

        contenders["explainable boosting (interpret)"] = explainable_boosting
    except ImportError:
        print("explainable boosting is left out: pip install interpret-core")
    seconds = {}
    print(f"{'model':32} {'AUC':>7} {'Brier':>7} {'CPU s':>8}")
    for name, run in contenders.items():
        started = time.process_time()
        chance = run(frame, left)
        seconds[name] = time.process_time() - started
        print(
            f"{name:32} {roc_auc_score(left, chance):7.4f} {brier_score_loss(left, chance):7.4f} {seconds[name]:8.1f}"
        )
    peer = seconds.get("explainable boosting (interpret)")
    if peer:
        for name in ("cxlab, score", "cxlab, everything"):
            print(f"{name}: 1/{peer / seconds[name]:.0f} of the time of explainable boosting")


if __name__ == "__main__":
    main()
