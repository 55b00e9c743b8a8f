"""JSON to models and back, one file a dialect."""
