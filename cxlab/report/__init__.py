"""What a reader sees: sentences, tables, tiles, figures, and the record a notebook leaves."""
