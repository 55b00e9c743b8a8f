"""The official clients against a gateway; `nox -s compat` installs them, and without one its tests are skipped."""
