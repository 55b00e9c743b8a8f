"""Reads forms as somebody else's parser does."""

from __future__ import annotations

import email
import email.policy

from attrs import frozen

from tests.upstream import Received


__all__ = ["Part", "form_of"]


@frozen
class Part:
    """One field of a form; a file has a name and a type."""

    data: bytes
    file_name: str | None
    mime: str

    @property
    def text(self) -> str:
        assert self.file_name is None
        return self.data.decode()


def form_of(received: Received) -> dict[str, Part]:
    """Return the fields of a multipart form by their names, of which none stands twice."""
    kind = received.headers["content-type"]
    assert kind.startswith("multipart/form-data; boundary=")
    message = email.message_from_bytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + received.body, policy=email.policy.HTTP
    )
    found: dict[str, Part] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert name not in found
        found[name] = Part(content, part.get_filename(), part.get_content_type())
    return found
