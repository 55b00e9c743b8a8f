"""From what the command was given to a configuration: in each process of a gateway, again when it is replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, field, frozen

from ...call.prices import from_file
from ...errors import ConfigurationError
from . import values
from .config import Config, checked
from .loading import load


__all__ = ["Startup", "where"]


@frozen(kw_only=True)
class Startup:
    """
    What ``ocr-async serve`` was given of the configuration.

    Attributes:
        config: The file.

        data: Instead of the folder or database that the file names.

        database: URL, the same.

        objects: Address, instead of the object store that the file names.

        fetch_urls: True where the file's word does not count.
    """

    config: str | None = None
    data: str | None = None
    database: str | None = field(default=None, repr=False)
    objects: str | None = None
    fetch_urls: bool = False

    def facts(self) -> dict[str, Any]:
        """Return it in values that JSON has words for."""
        return asdict(self)

    def load(self, environ: Mapping[str, str], warn: Callable[[str], object]) -> Config:
        """
        Return the configuration as it is now.

        Args:
            warn: Told what of it is passed over.

        Raises:
            ConfigurationError: It cannot be read, or has values that cannot be.
        """
        config, warnings = load(Path(self.config), environ) if self.config else (Config(), [])
        for warning in warnings:
            warn(f"ocr-async: warning: {warning}")
        if config.master_key is None and (key := environ.get("OCR_ASYNC_MASTER_KEY", "").strip()):
            config = evolve(config, master_key=checked(key, values.master_key))
        config = evolve(config, prices=from_file(environ))
        if self.data is not None and self.objects is not None:
            raise ConfigurationError("--objects is for gateways with a --database: with --data, all is in that folder")
        if self.data is not None:
            config = evolve(config, data=Path(self.data), database=None, objects=None)
        else:
            config = self._shared(config, environ)
        if self.fetch_urls:
            config = evolve(config, fetch_urls=True)
        return config

    def _shared(self, config: Config, environ: Mapping[str, str]) -> Config:
        """Return *config* with what several gateways share: what the command names, else the file, else *environ*."""
        database = self.database or config.database or environ.get("OCR_ASYNC_DATABASE_URL")
        if database:
            config = evolve(config, database=checked(database, values.database))
        objects = self.objects or config.objects or environ.get("OCR_ASYNC_OBJECTS_URL")
        if objects and config.database is None:
            raise ConfigurationError(
                f"{objects} can have the bytes of gateways that share a database alone: name one by --database, "
                "general_settings.database_url or OCR_ASYNC_DATABASE_URL"
            )
        return evolve(config, objects=checked(objects, values.objects)) if objects else config


def where(config: Config) -> str:
    """Return where the gateway keeps what it keeps."""
    return f"{config.database or config.data} {config.objects or ''}".strip()
