"""What customers are worth: one module an engine, one currency for all of them (`Valuation`)."""
