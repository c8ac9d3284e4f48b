"""Made accounts with a planted link between score and money, for the tests of linkage."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.models.columns import understand
from cxlab.models.linkage.panel import Measure, Panel

NPS = Measure("nps", "NPS", 10.0, "10 points", span=200.0, span_words="promoters against detractors", asked=True)


def panel(
    seed: int,
    accounts: int = 600,
    periods: int = 6,
    *,
    on_growth: float = 0.0,
    on_left: float = 0.0,
    size_on_score: float = 0.0,
    size_on_money: float = 0.0,
    lasting: float = 0.0,
    is_size_seen: bool = True,
    design: str = "",
) -> Panel:
    """Accounts over periods. on_growth, on_left: what ten points of NPS truly do; size_on_score, size_on_money: what
    company size does to both, in every period alike; lasting: share of an opinion that an account keeps."""
    rng = np.random.default_rng(seed)
    rows = accounts * periods
    who, order = np.tile(np.arange(accounts), periods), np.repeat(np.arange(periods), accounts)
    size, opinion = rng.normal(size=accounts)[who], rng.normal(size=accounts)[who]
    use = 0.7 * rng.normal(size=accounts)[who] + 0.7 * rng.normal(size=rows)
    tenure = rng.exponential(size=accounts)[who]

    def scored() -> np.ndarray:
        mood = lasting * opinion + np.sqrt(1 - lasting**2) * rng.normal(size=rows)
        latent = 0.3 * use + size_on_score * size + mood
        return np.select([latent > 0.3, latent < -0.5], [100.0, -100.0], 0.0)

    def heard(score: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame({"nps": np.where(rng.random(rows) < 0.6, score, np.nan)})

    score = scored()
    growth = 0.01 + 0.01 * use + size_on_money * size + on_growth / 10 * score + 0.06 * rng.normal(size=rows)
    before = 0.01 + size_on_money * size + 0.06 * rng.normal(size=rows)
    chance = 0.12 - 0.01 * np.clip(use, -2, 2) - size_on_money * np.clip(size, -2, 2) + on_left / 10 * score
    left = (rng.random(rows) < np.clip(chance, 0, 1)).astype(float)
    worth = np.exp(6 + 0.5 * size)
    known = {"use": use, "tenure": tenure} | ({"size": size} if is_size_seen else {})
    measure = Measure(**{**NPS.__dict__, "design": design})
    return Panel(
        customer=pd.Series(who),
        period=pd.Series(order.astype(str)),
        order=order,
        values=heard(score),
        outcomes=pd.DataFrame(
            {
                "left": left,
                "growth": np.where(left == 1, np.nan, growth),
                "revenue": worth * np.where(left == 1, -1, growth),
            }
        ),
        past=pd.DataFrame({"left": np.clip(-before, 0, None), "growth": before, "revenue": worth * before}),
        controls=understand(pd.DataFrame(known)),
        measures={"nps": measure},
        earlier=heard(scored()),
        families={"use": "use", "tenure": "who", "size": "who"},
        meaning={"size": "company size", "use": "use"},
        size="size" if is_size_seen else "",
    )
