"""The KPIs: one function each, all through stats.counting and stats.estimates."""
