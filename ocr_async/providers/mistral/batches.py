"""
Mistral's batch jobs, and those of servers that speak its API: https://docs.mistral.ai/capabilities/batch.

Documents are uploaded and named by their ids, so that the file of requests stays small and nothing is in memory whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from attrs import evolve, frozen

from ... import formats
from ...errors import (
    DeadlineExceeded,
    DocumentError,
    OCRError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
    ResponseInvalid,
)
from ...models import Bytes, FileId, FileOnDisk, OCRRequest
from ...steps import Exchange, HttpRequest, HttpResponse, http, together, wait
from ...wording import shortened
from .._account import Hosted
from .._service import mapping, objects
from ..batch_jobs import BatchAnswer, BatchJob, BatchOutcome, BatchStatus


__all__ = ["MistralBatches"]

T = TypeVar("T")

_LANES = 8  # files uploaded or deleted at once
_FILE = 100 * 1024**2  # bytes of one file of requests, of which a job may have several; Mistral takes 512 MB
_TOKEN = "ocr_async"  # noqa: S105 - the name of the job's metadata that holds ours
_RUNNING = {"QUEUED", "RUNNING", "CANCELLATION_REQUESTED"}
_KNOWN = {*_RUNNING, "SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLED"}
_PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds; a file that was uploaded just now may not be found for a moment
_LONGEST = 30.0  # seconds between two questions whether a job has ended
_CANCELLING = 10  # questions whether a job that was cancelled has ended
_PAGE = 100  # entries of a list
_NOT_FOUND = 404


@frozen
class MistralBatches:
    """The jobs of *account*."""

    account: Hosted

    def submit(
        self, job: BatchJob, requests: Sequence[tuple[str, OCRRequest]], *, model: str, hours: int
    ) -> Exchange[Mapping[str, OCRError]]:
        """Upload the documents and the lines that name them, and make *job* of these."""
        lines: dict[str, bytes] = {}
        refused: dict[str, OCRError] = {}
        yield from together([self._upload(job, requests[n::_LANES], lines, refused) for n in range(_LANES)])
        inputs = []
        for data in _files([lines[name] for name, _ in requests if name in lines]):
            file = Bytes(data=data, mime="application/jsonl", name=f"{job.token}.jsonl")
            inputs.append((yield from self._store(job, "batch", file)))
        if inputs:
            yield from self._create(job, inputs, model, hours)
        return refused

    def _upload(
        self,
        job: BatchJob,
        requests: Sequence[tuple[str, OCRRequest]],
        lines: dict[str, bytes],
        refused: dict[str, OCRError],
    ) -> Exchange[None]:
        for name, request in requests:
            document = request.document
            try:
                if isinstance(document, (Bytes, FileOnDisk)):
                    ending = f".{(document.name or '').rpartition('.')[2]}"
                    ending = ending if ending[1:].isalnum() and ending.isascii() else ""
                    document = evolve(document, name=f"{job.token}-{name}{ending}")
                    document = FileId(file_id=(yield from self._store(job, "ocr", document)))
                body = formats.request_body(evolve(request, document=document), "mistral")
            except (DocumentError, RequestRejected) as error:
                if isinstance(error, RequestRejected) and error.status not in {400, 413, 415, 422}:
                    raise
                refused[name] = error
                continue
            del body["model"]  # the job names it
            lines[name] = formats.dumps({"custom_id": name, "body": body}) + b"\n"

    def _store(self, job: BatchJob, purpose: str, file: Bytes | FileOnDisk) -> Exchange[str]:
        stored = yield from http(upload(self.account, purpose, file))
        job.files.append(stored)
        return stored

    def _create(self, job: BatchJob, inputs: Sequence[str], model: str, hours: int) -> Exchange[None]:
        body = {
            "endpoint": "/v1/ocr",
            "model": model,
            "input_files": list(inputs),
            "metadata": {_TOKEN: job.token},
            "timeout_hours": hours,
        }
        # a second job would be paid for as well: whether there is one after a lost answer is looked up
        asked = self.account.request("POST", "/v1/batch/jobs", _object, json=body, repeatable=False)
        for pause in (*_PAUSES, None):
            try:
                made = yield from http(asked)
                job.id = _text(made, "id")
                yield from self._end_others(job)
                return
            except RequestRejected as error:
                if error.status != _NOT_FOUND or pause is None:
                    raise
            except (ProviderUnavailable, ResponseInvalid):
                yield from self.find(job)
                if job.id is not None:
                    return
                if pause is None:
                    raise
            yield from wait(pause)

    def _end_others(self, job: BatchJob) -> Exchange[None]:
        """End what a request made whose connection broke, so that it was sent again: it would be paid for as well."""
        for other in (yield from _quietly(self._named(job))) or ():
            if other != job.id:
                yield from _quietly(self.account.request("POST", f"/v1/batch/jobs/{other}/cancel", _object))

    def find(self, job: BatchJob) -> Exchange[None]:
        """Look for *job* by its token, which stands in its metadata."""
        for found in (yield from self._patiently(self._named(job))):
            job.id = found

    def _named(self, job: BatchJob) -> HttpRequest[list[str]]:
        def parse(answer: HttpResponse) -> list[str]:
            jobs = [(one, one.get("metadata")) for one in _list(answer)]
            # servers that do not filter by it tell of the newest
            return [_text(one, "id") for one, of in jobs if isinstance(of, Mapping) and of.get(_TOKEN) == job.token]

        return self.account.request("GET", f"/v1/batch/jobs?page_size={_PAGE}&{_TOKEN}={job.token}", parse)

    def collect(self, job: BatchJob, report: Callable[[BatchStatus], None]) -> Exchange[BatchOutcome]:
        """Ask until *job* has ended; download its results and its errors."""
        state = yield from self._end_of(job, report)
        answers: dict[str, BatchAnswer] = {}
        for name in ("output_file", "error_file"):
            if isinstance(file := state.get(name), str):
                total = max(_count(state, "total_requests"), 1)
                content = self.account.request(
                    "GET", f"/v1/files/{file}/content", _answers, accept="application/octet-stream", pages=total
                )
                for request, answer in (yield from self._patiently(content)).items():
                    answers.setdefault(request, answer)
        return BatchOutcome(answers, _lack(job, state), state["status"] != "SUCCESS")

    def _end_of(self, job: BatchJob, report: Callable[[BatchStatus], None]) -> Exchange[Mapping[str, Any]]:
        pause, unknown = _PAUSES[0], 0
        while True:
            try:
                state = yield from self._patiently(self._look(job))
            except RequestRejected as error:
                unknown += error.status == _NOT_FOUND
                job.ended = unknown >= len(_PAUSES)
                if job.ended or error.status != _NOT_FOUND:
                    raise
            else:
                status = BatchStatus(
                    state["status"],
                    _count(state, "completed_requests"),
                    _count(state, "failed_requests"),
                    _count(state, "total_requests"),
                )
                report(status)
                if self._has_ended(job, state):
                    return state
            yield from wait(pause)
            pause = min(pause * 1.5, _LONGEST)

    def _look(self, job: BatchJob) -> HttpRequest[Mapping[str, Any]]:
        return self.account.request("GET", f"/v1/batch/jobs/{job.id}", _state)

    def _has_ended(self, job: BatchJob, state: Mapping[str, Any]) -> bool:
        job.ended = state["status"] in _KNOWN - _RUNNING
        left = [file for name in ("output_file", "error_file") if isinstance(file := state.get(name), str)]
        job.files += [file for file in left if file not in job.files]
        return job.ended

    def _patiently(self, request: HttpRequest[T]) -> Exchange[T]:
        """Send *request* until the service is there: the job goes on without us. The deadline ends it."""
        pause = 1.0
        while True:
            try:
                return (yield from http(request))
            except (ProviderUnavailable, RateLimited):
                yield from wait(pause)
            pause = min(pause * 2, _LONGEST)

    def discard(self, job: BatchJob) -> Exchange[None]:
        """Cancel *job* if it has not ended, wait for its end, and delete its files."""
        if job.id is None:
            job.id = next(iter((yield from _quietly(self._named(job))) or ()), None)
        if job.id is not None and not job.ended:
            yield from _quietly(self.account.request("POST", f"/v1/batch/jobs/{job.id}/cancel", _object))
            for _ in range(_CANCELLING):  # what it still writes is to be deleted as well
                state = yield from _quietly(self._look(job))
                if state is None or self._has_ended(job, state):
                    break
                yield from wait(0.3)
        while True:
            files = list(job.files)
            yield from together([self._delete(job, files[n::_LANES]) for n in range(_LANES)])
            # those that nobody got to note: of a cancelled upload, or of a process that was killed
            path = f"/v1/files?page_size={_PAGE}&search={job.token}"
            found = (yield from _quietly(self.account.request("GET", path, _list))) or ()
            job.files += [_text(one, "id") for one in found if str(one.get("filename")).startswith(job.token)]
            if not set(job.files) - set(files):
                return

    def _delete(self, job: BatchJob, files: Sequence[str]) -> Exchange[None]:
        for file in files:
            try:
                yield from http(self.account.deletion(f"/v1/files/{file}"))
            except RequestRejected as error:
                if error.status != _NOT_FOUND:
                    raise
            job.files.remove(file)


def _quietly(request: HttpRequest[T]) -> Exchange[T | None]:
    """Send what need not succeed."""
    try:
        return (yield from http(request))
    except OCRError:
        return None


def _files(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Yield *lines* in files of a size that the service takes."""
    found: list[bytes] = []
    size = 0
    for line in lines:
        if found and size + len(line) > _FILE:
            yield b"".join(found)
            found, size = [], 0
        found.append(line)
        size += len(line)
    if found:
        yield b"".join(found)


def _lack(job: BatchJob, state: Mapping[str, Any]) -> OCRError:
    """Return why a request of *job*, which ended so, got no answer."""
    status = state["status"]
    if status == "TIMEOUT_EXCEEDED":
        return DeadlineExceeded(f"the time of the batch job {job.id} was over before it was read")
    if status == "CANCELLED":
        return RequestRejected(f"the batch job {job.id} was cancelled before it was read", provider="mistral")
    if status == "FAILED":
        told = [shortened(str(one.get("message")), 200) for one in objects(state.get("errors"))]
        return RequestRejected(
            f"the batch job {job.id} failed: {'; '.join(told[:3]) or 'no reason'}", provider="mistral"
        )
    return ResponseInvalid(f"the batch job {job.id} has no answer for it", provider="mistral")


# --- what answers say ---------------------------------------------------------------------------------------------


_object = partial(mapping, name="mistral")


def _state(answer: HttpResponse) -> Mapping[str, Any]:
    found = _object(answer)
    _text(found, "status")
    return found


def _list(answer: HttpResponse) -> list[Mapping[str, Any]]:
    return objects(_object(answer).get("data"))


def _text(found: Mapping[str, Any], name: str) -> str:
    text = found.get(name)
    if not isinstance(text, str) or not text.replace("-", "").replace("_", "").isalnum():
        raise ResponseInvalid(f"mistral's answer has no {name}", path=f"$.{name}")
    return text


def _count(state: Mapping[str, Any], name: str) -> int:
    return found if isinstance(found := state.get(name), int) else 0


def upload(account: Hosted, purpose: str, file: Bytes | FileOnDisk) -> HttpRequest[str]:
    """Return the request that has *account* keep *file*; what comes of it is the file's id."""
    form = [("visibility", "user"), ("purpose", purpose), ("file", file)]
    return account.request("POST", "/v1/files", lambda answer: _text(_object(answer), "id"), form=form)


def _answers(answer: HttpResponse) -> dict[str, BatchAnswer]:
    """Parse a file of results; what cannot be read of it is an answer that did not come."""
    found: dict[str, BatchAnswer] = {}
    for text in answer.body.splitlines():
        try:
            line = formats.loads(text)
        except ValueError:
            continue
        if not isinstance(line, Mapping) or not isinstance(name := line.get("custom_id"), str):
            continue
        response = line.get("response")
        if isinstance(response, Mapping) and isinstance(status := response.get("status_code"), int):
            found[name] = BatchAnswer(status, response.get("body"))
        else:
            found[name] = BatchAnswer(500, line.get("error"))
    return found
