"""Customers' texts made ready: what says nothing, parts, languages, words, tone and requests."""
