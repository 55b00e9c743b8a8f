"""
Signed addresses of uploaded files: whoever has one may read the file until its time is over, or the key that made it
is no longer in use, or the secret is replaced (``ocr-async keys rotate-secret``).

They are known by their path and the mark of this gateway's storage, under whatever name a client reaches us, and are
resolved from the storage: fetching them would be a request to ourselves.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from contextlib import AsyncExitStack
from urllib.parse import parse_qs, urlsplit

from ...models import FileOnDisk
from ..http_errors import HTTPError
from ..storage.files import Signing, StoredFile
from ..storage.port import Storage
from .control import Access


__all__ = ["PATH", "document_at", "document_of", "signed_file", "signed_query"]

PATH = "/v1/files/{file_id}/signed"
_PATH = re.compile(r"/v1/files/([0-9a-f-]{36})/signed")


def signed_query(signing: Signing, file_id: str, expires: int) -> dict[str, str]:
    """Return the query of the address of *file_id* that is good until *expires*."""
    signature = _signature(signing.secret, file_id, str(expires))
    return {"gateway": signing.mark, "expires": str(expires), "signature": signature}


def _signature(secret: bytes, file_id: str, expires: str) -> str:
    return hmac.new(secret, f"file\n{file_id}\n{expires}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


async def signed_file(storage: Storage, access: Access, file_id: str, query: dict[str, str]) -> StoredFile:
    """
    Return the file that an address stands for.

    Raises:
        HTTPError: Its signature or its time is wrong, its key is gone, or the file is not there any more.
    """
    expires, given = query.get("expires", ""), query.get("signature", "")
    right = _signature(storage.files.signing.secret, file_id, expires)
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode()):
        raise HTTPError(403, "the signature of this address is wrong", "invalid_signature")
    if int(expires) <= time.time():
        raise HTTPError(403, "this address has expired; ask for a new one", "address_expired")
    if (file := await storage.files.get(file_id, None)) is None:
        raise HTTPError(404, "there is no such file", "file_not_found")
    if access.find(file.owner) is None:
        raise HTTPError(403, "the key that made this address is no longer in use", "address_expired")
    return file


async def document_at(storage: Storage, access: Access, url: str) -> StoredFile | None:
    """
    Return the uploaded file that the signed *url* stands for; None if it is no address of ours.

    Raises:
        HTTPError: It is ours, but not good any more.
    """
    if "/signed" not in url and url.isprintable():  # parsers pass over line breaks
        return None
    try:
        parts = urlsplit(url)
        match = _PATH.fullmatch(parts.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, max_num_fields=20).items()}
    except ValueError:
        return None
    if match is None or query.get("gateway") != storage.files.signing.mark:
        return None
    try:
        return await signed_file(storage, access, match[1], query)
    except HTTPError as http_error:
        status = 404 if http_error.status == 404 else 400
        raise HTTPError(status, http_error.message, http_error.code, param="document") from None


async def document_of(storage: Storage, file: StoredFile, stack: AsyncExitStack) -> FileOnDisk:
    """Return *file* as a document, whose bytes are on this machine until *stack* ends."""
    path = await stack.enter_async_context(storage.files.on_disk(file.id))
    return FileOnDisk(path=path, size=file.size, name=file.name)
