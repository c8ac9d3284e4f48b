"""The passport of topics: the same ids, names and owners quarter after quarter, and what became of each."""
