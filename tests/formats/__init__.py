"""JSON to models and back."""
