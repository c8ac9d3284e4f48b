"""Purchases, the chance to be alive, and spend, fitted together and used alike whichever model counts the purchases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.models.value import bg_bb, bg_nbd, checks, spend
from cxlab.models.value.bg_bb import BgBb
from cxlab.models.value.bg_nbd import BgNbd
from cxlab.models.value.fitting import Array, Fitted
from cxlab.models.value.spend import GammaGamma
from cxlab.models.value.valuation import Doubt

NAMES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "bg_bb": "BG/BB"}
#: At most so many customers times futures are drawn for the chance in what may come.
_DRAWN = 4_000_000


@dataclass(frozen=True)
class Engine:
    """kind: "bg_nbd", "mbg_nbd" or "bg_bb". purchases and alive: fits of the purchases and of the chance to be alive
    (another one for BG/NBD: its modified form). spend: of Gamma-Gamma, None where there is no money to fit."""

    kind: str
    purchases: Fitted
    alive: Fitted
    spend: Fitted | None

    @property
    def name(self) -> str:
        """The usual name."""
        return NAMES[self.kind] + (" with Gamma-Gamma" if self.spend else "")

    @property
    def fits(self) -> list[Fitted]:
        """The fits whose parameters are shown."""
        return [self.purchases, *([self.spend] if self.spend else [])]

    @property
    def process(self) -> BgNbd | BgBb:
        """The model of purchases with its estimates."""
        return _process(self.kind, list(self.purchases.value.values()))

    @property
    def pays(self) -> GammaGamma | None:
        """The model of spend with its estimates."""
        return None if self.spend is None else GammaGamma(**self.spend.value)

    def p_alive(self, histories: pd.DataFrame) -> Array:
        """Chance of each to be a customer still."""
        kind = "mbg_nbd" if self.kind == "bg_nbd" else self.kind
        return _process(kind, list(self.alive.value.values())).p_alive(*told(histories)[:3])

    def doubt(self, histories: pd.DataFrame, horizon: float, rate: float, factor: float, seed: int) -> Doubt:
        """What makes the intervals of values = factor * expected spend * expected discounted purchases."""
        x, t_x, T, mean = told(histories)
        process, pays = self.process, self.pays
        bought, each = process.expected(x, t_x, T, horizon, rate), pays.expected(x, mean)
        slopes = np.vstack(
            [
                self.purchases.slopes(
                    lambda values: factor * each * _process(self.kind, values).expected(x, t_x, T, horizon, rate)
                ),
                self.spend.slopes(lambda values: factor * bought * GammaGamma(*values).expected(x, mean)),
            ]
        )
        first = len(self.purchases.names)
        covariance = np.zeros((len(slopes), len(slopes)))
        covariance[:first, :first], covariance[first:, first:] = self.purchases.covariance, self.spend.covariance
        # A drawn purchase is discounted as the customer's purchases are on average.
        plain = process.expected(x, t_x, T, horizon)
        later = factor * np.divide(bought, plain, out=np.ones_like(bought), where=plain > 0)
        rng = np.random.default_rng([seed, 70])
        rounds = int(np.clip(_DRAWN // max(len(x), 1), 8, 200))
        total, squares = np.zeros(len(x)), np.zeros(len(x))
        for _ in range(rounds):
            future = later * pays.simulate(rng, x, mean, process.simulate(rng, x, t_x, T, horizon))
            total += future
            squares += future**2
        return Doubt(slopes, covariance, np.maximum(squares - total**2 / rounds, 0.0) / (rounds - 1))


def fitted(histories: pd.DataFrame, kind: str, with_spend: bool) -> Engine:
    """Fit purchases and, where there is money and enough who paid again, spend."""
    x, t_x, T, _ = told(histories)
    if kind == "bg_bb":
        purchases = alive = bg_bb.fit(x, t_x, T)
    else:
        purchases = bg_nbd.fit(x, t_x, T, modified=kind == "mbg_nbd")
        alive = purchases if kind == "mbg_nbd" else bg_nbd.fit(x, t_x, T, modified=True)
    paid = who_paid(histories)
    enough = with_spend and len(paid) >= checks.FEWEST_REPEATERS
    return Engine(kind, purchases, alive, spend.fit(paid["frequency"], paid["mean_spend"]) if enough else None)


def told(histories: pd.DataFrame) -> tuple[Array, Array, Array, Array]:
    """x, t_x, T and mean spend (0 where there is none)."""
    x, t_x, T = (histories[name].to_numpy(float) for name in ("frequency", "recency", "T"))
    return x, t_x, T, np.nan_to_num(histories["mean_spend"].to_numpy(float))


def who_paid(histories: pd.DataFrame) -> pd.DataFrame:
    """Customers who came back and paid: what Gamma-Gamma is fitted to."""
    return histories[(histories["frequency"] > 0) & (histories["mean_spend"] > 0)]


def _process(kind: str, values: Sequence[float]) -> BgNbd | BgBb:
    return BgBb(*values) if kind == "bg_bb" else BgNbd(*values, modified=kind == "mbg_nbd")
