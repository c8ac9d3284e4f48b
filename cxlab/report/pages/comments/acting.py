"""."""

OWNERS = OUTSIDE_IN = PACKETS = ()
