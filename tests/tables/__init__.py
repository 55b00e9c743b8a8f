"""Tables as cells: parsed, joined over pages, written."""
