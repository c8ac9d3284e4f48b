"""The honest part: sufficient counts in, value, interval and verdict out. Arrays and small tables only."""
