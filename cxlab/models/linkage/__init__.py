"""Score and money: what follows a score, and how sure one can be."""
