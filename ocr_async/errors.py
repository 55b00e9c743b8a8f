"""
The exceptions of the package; every one pickles and says what to do.

    OCRError
    ├── ConfigurationError         no key, unknown provider or option
    ├── DocumentError              unreadable, unsupported, too large, no such page
    │   ├── DocumentUnreachable    its URL leads nowhere, or where documents are not fetched from
    │   ├── EngineCrashed          the embedded engine crashed on it, or ran out of memory or time
    │   └── PasswordRequired
    ├── ProviderError              what a provider answered, or that it did not
    │   ├── AuthenticationFailed   401 403
    │   ├── RequestRejected        400 404 413 415 422, and every other 3xx and 4xx
    │   ├── RateLimited            429 529
    │   ├── ProviderUnavailable    5xx 408 409 425, connection lost
    │   └── ResponseInvalid        not JSON, or not the promised shape
    ├── PagesMissing               the pages that never came, and those that did
    ├── EngineError                the embedded engine failed
    └── DeadlineExceeded           also a TimeoutError

`retryable`, `http_status` and `exit_code` are class attributes, so that retry, gateway and command line read one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from .wording import PYTHON, Hint, counted


if TYPE_CHECKING:
    from .models import OCRResponse

__all__ = [
    "AuthenticationFailed",
    "ConfigurationError",
    "DeadlineExceeded",
    "DocumentError",
    "DocumentUnreachable",
    "EngineCrashed",
    "EngineError",
    "OCRError",
    "PagesMissing",
    "PasswordRequired",
    "ProviderError",
    "ProviderUnavailable",
    "RateLimited",
    "RequestRejected",
    "ResponseInvalid",
    "error_class",
    "is_of_the_key",
    "missing_extra",
    "no_such_page",
]

_PAYMENT_REQUIRED = 402


class OCRError(Exception):
    """
    The base of all errors that the package raises on purpose.

    Attributes:
        retryable: Whether the same call may succeed later, unchanged.

        http_status: What the gateway answers.

        exit_code: What the command line exits with.

        request_id: The id of the request that failed, where there was one.

        may_be_billed: Whether a provider may have done the work all the same, as where its answer did not come.

        hint: What can be done about it, where that is said differently in Python, the command and the web page.
    """

    retryable: ClassVar[bool] = False
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    may_be_billed: bool = False
    hint: Hint | None = None

    def __init__(self, message: str, *, request_id: str | None = None, hint: Hint | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        return self.worded(PYTHON)

    def worded(self, words: Mapping[Hint, str]) -> str:
        """Return what happened, and what to do about it in the *words* of a surface; one that has none adds nothing."""
        text = super().__str__()
        return text if self.hint is None else text + words.get(self.hint, "")

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls the class with `args` alone, which loses keyword-only facts.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(cls: type[OCRError], args: tuple[Any, ...], facts: dict[str, Any]) -> OCRError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(facts)
    return error


class ConfigurationError(OCRError):
    """The call itself is wrong: no key, an unknown provider, an option that the provider has not."""

    http_status = 400
    exit_code = 2


class DocumentError(OCRError):
    """The document cannot be read: missing, empty, of an unsupported type, too large, without such a page."""

    http_status = 422
    exit_code = 3


class DocumentUnreachable(DocumentError):
    """The document's URL cannot be downloaded; which of the possible reasons it was is not told."""

    http_status = 400


class _Unfinished(OCRError):
    """An error of a task whose worker died."""

    def __init__(
        self,
        message: str,
        *,
        partial: tuple[Any, ...] = (),
        request_id: str | None = None,
        hint: Hint | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id, hint=hint)
        self.partial = partial


class EngineCrashed(_Unfinished, DocumentError):
    """
    The embedded engine crashed on the document, or used up the memory or the time that a page gets.

    The document is damaged, hostile or beyond all measure, and the next try would end alike.

    Attributes:
        partial: What the task had given before its worker died, in the order in which it came.
    """


class PasswordRequired(DocumentError):
    """The document is encrypted, and no password or the wrong one was given."""


class ProviderError(OCRError):
    """
    A provider refused, failed, or answered with something unusable.

    Attributes:
        provider: Its name, such as ``mistral``.

        status: HTTP status of the answer; None if there was none.

        retry_after: Seconds that the provider asked to wait; None if it did not say.

        excerpt: The first 200 characters of the answer's body, without secrets.
    """

    http_status = 502
    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        excerpt: str | None = None,
        hint: Hint | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id, hint=hint)
        self.provider = provider
        self.status = status
        self.retry_after = retry_after
        self.excerpt = excerpt


class AuthenticationFailed(ProviderError):
    """The provider does not accept the key (401, 403)."""


class RequestRejected(ProviderError):
    """The provider will never accept this request: bad document, option, model or size."""

    http_status = 400


class RateLimited(ProviderError):
    """The provider asks to slow down (429, 529), and longer than the retry policy allows to wait."""

    retryable = True
    http_status = 429


class ProviderUnavailable(ProviderError):
    """The provider cannot be reached, failed (5xx), or the connection broke."""

    retryable = True
    http_status = 503


class ResponseInvalid(ProviderError):
    """
    The provider's answer is not JSON, or not of the promised shape.

    Attributes:
        path: Where in the JSON, such as ``$.pages[3].index``; None if it is not JSON at all.
    """

    def __init__(self, message: str, *, path: str | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.path = path


class PagesMissing(OCRError):
    """
    Some pages never came, even after asking again.

    Attributes:
        missing: Their 0-based indexes, ascending.

        response: The pages that did come; None if there are none.
    """

    http_status = 502
    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        missing: tuple[int, ...] = (),
        response: OCRResponse | None = None,
        request_id: str | None = None,
        hint: Hint | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id, hint=hint)
        self.missing = missing
        self.response = response


class EngineError(_Unfinished):
    """
    The embedded engine failed, and not by the document's fault: its worker was killed or stopped from outside.

    Attributes:
        partial: What the task had given before its worker died, in the order in which it came.
    """

    exit_code = 4


class DeadlineExceeded(OCRError, TimeoutError):
    """The call's `timeout` passed; `__cause__` is the last failure, where there was one."""

    http_status = 504
    exit_code = 4


def no_such_page(index: int, count: int) -> DocumentError:
    """Return the error of a page *index* that a document of *count* pages has not; negative ones count from its end."""
    return DocumentError(f"page {index} does not exist: the document has {counted(count, 'page')} (numbered from 0)")


def missing_extra(
    what: str, extra: str, *, kind: type[OCRError] = ConfigurationError, hint: Hint | None = None
) -> OCRError:
    """Return the error of *what* needs a package of *extra* that is not installed; of a *kind*, where it says more."""
    return kind(f"{what} needs the extra '{extra}': pip install 'ocr_async[{extra}]'", hint=hint)


def is_of_the_key(error: BaseException) -> bool:
    """Whether *error* will meet every call with the same key until somebody renews it, or pays."""
    return isinstance(error, AuthenticationFailed) or getattr(error, "status", None) == _PAYMENT_REQUIRED


def error_class(status: int) -> type[ProviderError]:
    """Return the class of error that HTTP *status* (300 to 599) stands for, whoever sent it."""
    if status in {401, 403}:
        return AuthenticationFailed
    if status in {429, 529}:
        return RateLimited
    if status >= 500 or status in {408, 409, 425}:
        return ProviderUnavailable
    return RequestRejected
