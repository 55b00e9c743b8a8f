"""Bulk jobs, by the command as people type it, against a real server that bills what it accepts."""
