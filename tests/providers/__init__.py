"""The providers, played without I/O."""
