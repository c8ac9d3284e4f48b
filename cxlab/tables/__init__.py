"""What a table is, how it is checked, and where it lives."""
