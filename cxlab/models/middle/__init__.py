"""The movable middle: what separates a six from a seven and an eight from a nine, and who may speak for us."""
