"""The one place for asyncpg: the pool, its time-outs, and what PostgreSQL and the network say, in the port's words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

from attrs import define

from ....errors import ConfigurationError
from ..failures import StorageBusy, StorageFull, StorageUnavailable


__all__ = ["Database", "connected", "shown"]

_CONNECT = 10.0  # seconds until a connection is there
_ANSWER = 60.0  # seconds for an answer; the server gives up before, so that it and we agree on what was done
_SETTINGS = {
    "application_name": "ocr_async",
    "statement_timeout": "45s",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "60s",
}


def shown(url: str) -> str:
    """Return *url* without its password, for people and logs."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        where = f"{host}:{parts.port}" if parts.port else host
    except ValueError:
        return "postgresql://…"
    return f"{parts.scheme}://{where}{parts.path}"


@define(eq=False)
class Database:
    """A pool of connections."""

    pool: Any

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Return all rows of *query*, which changes nothing: it is asked once more where its connection was lost."""
        with translating():
            try:
                return list(await self.pool.fetch(query, *values))
            except _lost():
                return list(await self.pool.fetch(query, *values))

    async def row(self, query: str, *values: Any) -> Any:
        """Return the first row of *query*, which changes nothing; None if there is none."""
        rows = await self.fetch(query, *values)
        return rows[0] if rows else None

    async def change(self, query: str, *values: Any) -> list[Any]:
        """Return all rows of a statement, committed."""
        with translating():
            return list(await self.pool.fetch(query, *values))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """Commit what the block does on the connection that it gets, or take it back if it raises."""
        with translating():
            async with self.pool.acquire() as connection, connection.transaction():
                yield connection


@asynccontextmanager
async def connected(url: str, connections: int) -> AsyncIterator[Database]:
    """
    Have a pool of at most *connections* within the block.

    Raises:
        ConfigurationError: There is no PostgreSQL to be reached at *url*, or asyncpg is not installed.
    """
    try:
        import asyncpg
    except ModuleNotFoundError:
        raise ConfigurationError("a database needs pip install 'ocr_async[postgres]'") from None

    class Connection(asyncpg.Connection):  # type: ignore[misc]  # untyped
        def get_reset_query(self) -> str:
            # The pool would ask this after every statement, twice the round trips; nothing here outlives a transaction.
            return ""

    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections,
            timeout=_CONNECT,
            command_timeout=_ANSWER,
            connection_class=Connection,
            server_settings=_SETTINGS,
        )
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        # which name hosts, users and databases, and no password
        raise ConfigurationError(f"the database {shown(url)} cannot be used: {error or type(error).__name__}") from None
    try:
        yield Database(pool)
    finally:
        try:
            async with asyncio.timeout(_CONNECT):
                await pool.close()
        except TimeoutError:
            pool.terminate()


def _lost() -> tuple[type[BaseException], ...]:
    import asyncpg

    return (
        ConnectionError,
        asyncpg.PostgresConnectionError,
        asyncpg.AdminShutdownError,
        asyncpg.CrashShutdownError,
        asyncpg.CannotConnectNowError,
        asyncpg.InterfaceError,
    )


def _unusable() -> tuple[type[BaseException], ...]:
    import asyncpg

    return (
        OSError,  # as a time-out is
        *_lost(),
        asyncpg.InsufficientResourcesError,
        asyncpg.OperatorInterventionError,
        asyncpg.PostgresSystemError,
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
        asyncpg.SyntaxOrAccessError,  # rights that were taken away, tables that are being restored
    )


@contextmanager
def translating() -> Iterator[None]:
    """
    Do what asks PostgreSQL.

    Raises:
        StorageFull, StorageBusy, StorageUnavailable: It could not be done.
    """
    import asyncpg

    try:
        yield
    except (asyncpg.DiskFullError, asyncpg.OutOfMemoryError, asyncpg.ReadOnlySQLTransactionError) as error:
        raise StorageFull("the database takes no more") from error
    except (
        asyncpg.QueryCanceledError,
        asyncpg.LockNotAvailableError,
        asyncpg.DeadlockDetectedError,
        asyncpg.SerializationError,
        asyncpg.TooManyConnectionsError,
    ) as error:
        raise StorageBusy("the database has too much to do") from error
    except _unusable() as error:
        raise StorageUnavailable("the database cannot be used now") from error
