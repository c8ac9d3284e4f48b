"""."""

NOW = CHANGE = BESIDE = ()
