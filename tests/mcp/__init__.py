"""Documents for assistants."""
