"""What obstore raises, as the errors of this project."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import AuthenticationFailed, ConfigurationError, OCRError, ProviderUnavailable, RequestRejected


__all__ = ["translated"]

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
# S3 answers 400 to credentials that were good; docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, 2026-11
_EXPIRED = {"ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestExpired", "RequestTimeTooSkewed"}
_LONGEST = 300  # characters of what a store says
_LATER = {408, 409, 425, 429}
_METADATA = re.compile(r"169\.254\.169\.254|metadata\.google|metadata server|/metadata/identity")


@contextmanager
def translated(shown: str, service: str) -> Iterator[None]:
    """
    Do the block's work with the object, or prefix, that is called *shown*.

    Raises:
        OSError: There is no such object, or none can have its name.
        AuthenticationFailed: It is refused.
        ConfigurationError: There is no such bucket, or no credentials, or the region is another one.
        ProviderUnavailable: The store cannot be reached, or is out of service.
        RequestRejected: It will never take this request.
    """
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        raise _error(error, str(error), shown, service) from error


def _error(error: Exception, text: str, shown: str, service: str) -> OCRError | OSError:
    from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

    found = _CODE.search(text)
    code = found[1] if found else ""
    status = int(answered[1]) if (answered := _STATUS.search(text)) else None
    if _METADATA.search(text):
        return ConfigurationError(
            f"no credentials for {shown}: set those of {service} in the environment, as its own tools take them"
        )
    if code in {"NoSuchBucket", "ContainerNotFound"} or "bucket does not exist" in text:
        return ConfigurationError(f"there is no bucket of {shown}")
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)) or code in _EXPIRED or status in {401, 403}:
        return AuthenticationFailed(f"{shown} is refused: {_words(text)}", provider=service, status=status)
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(errno.ENOENT, "there is no such object")
    if isinstance(error, ValueError) or type(error).__name__ == "InvalidPathError":
        return OSError(errno.EINVAL, f"no object can be named so here ({_words(text)})")
    if isinstance(error, OSError):
        return error
    if "redirect" in text or status in range(300, 400):
        return ConfigurationError(f"{shown} lies in another region: set AWS_REGION to that of its bucket")
    if status in range(400, 500) and status not in _LATER:
        return RequestRejected(f"{shown} is rejected: {_words(text)}", provider=service, status=status)
    return ProviderUnavailable(f"{shown} cannot be reached: {_words(text)}", provider=service, status=status)


def _words(text: str) -> str:
    """Return what the store said, without what tells programmers where it was said."""
    code, message = _CODE.search(text), _MESSAGE.search(text)
    words = text.partition("\n\nDebug source:")[0]
    if code:
        words = f"{code[1]}: {message[1]}" if message else code[1]
    return " ".join(words.split())[:_LONGEST]
