"""Topics: what open comments speak of, the same from quarter to quarter."""
