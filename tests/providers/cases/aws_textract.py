"""Amazon Textract: its model of 2018-06-27 in botocore 1.44.8, whose signer checks every signature; read 2026-11."""

from __future__ import annotations

import base64
import os
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.upstream import Exchange, Received

from .base import KEY, Case, Service, text_of


os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"  # as everywhere at AWS, the region comes from the environment

ID = "AKIDEXAMPLE"


def box(left: float, top: float, width: float, height: float) -> dict[str, Any]:
    around = {"Left": left, "Top": top, "Width": width, "Height": height}
    return {"BoundingBox": around, "Polygon": [{"X": left, "Y": top}], "RotationAngle": 0.0}


def line(name: str, text: str, top: float, left: float = 0.1, confidence: float = 98.0) -> list[dict[str, Any]]:
    """Return the blocks of a line and its words."""
    words = [
        {
            "BlockType": "WORD",
            "Id": f"{name}-{number}",
            "Text": word,
            "Confidence": confidence,
            "Geometry": box(left + 0.1 * number, top, 0.09, 0.02),
            "Page": 1,
        }
        for number, word in enumerate(text.split())
    ]
    children = [{"Type": "CHILD", "Ids": [word["Id"] for word in words]}]
    whole = {
        "BlockType": "LINE",
        "Id": name,
        "Text": text,
        "Confidence": confidence,
        "Geometry": box(left, top, 0.1 * len(words), 0.02),
        "Relationships": children,
        "Page": 1,
    }
    return [whole, *words]


def layout(kind: str, name: str, children: list[str], top: float, height: float = 0.03) -> dict[str, Any]:
    return {
        "BlockType": f"LAYOUT_{kind}",
        "Id": name,
        "Confidence": 95.0,
        "Geometry": box(0.1, top, 0.8, height),
        "Relationships": [{"Type": "CHILD", "Ids": children}],
        "Page": 1,
    }


class Textract(Service):
    def authorized(self, received: Received) -> bool:
        given = received.headers.get("authorization", "")
        names = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        assert {"content-type", "host", "x-amz-date", "x-amz-target"} <= set(names)
        request = AWSRequest(
            method=received.method,
            url=f"http://{received.headers['host']}{received.path}",
            data=received.body,
            headers={name: received.headers[name] for name in names},
        )
        request.context["timestamp"] = received.headers["x-amz-date"]
        signer = SigV4Auth(Credentials(ID, KEY), "textract", "eu-west-1")
        signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        scope = f"{ID}/{received.headers['x-amz-date'][:8]}/eu-west-1/textract/aws4_request"
        return given == f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={';'.join(names)}, Signature={signature}"

    async def unauthorized(self, exchange: Exchange) -> None:
        await self.refuse(exchange, "com.amazon.coral.service#InvalidSignatureException", "The signature differs.")

    async def throttle(self, exchange: Exchange) -> None:
        await self.refuse(exchange, "ThrottlingException", "Rate exceeded")

    async def refuse(self, exchange: Exchange, kind: str, message: str) -> None:
        await exchange.json({"__type": kind, "message": message}, 400, {"x-amzn-RequestId": "r-1"})

    async def serve(self, exchange: Exchange) -> None:
        received = exchange.received
        assert (received.method, received.path) == ("POST", "/")
        assert received.headers["content-type"] == "application/x-amz-json-1.1"
        operation = received.headers["x-amz-target"].removeprefix("Textract.")
        body = received.json
        assert set(body) == {"Document"} | ({"FeatureTypes"} if operation == "AnalyzeDocument" else set())
        assert set(body.get("FeatureTypes", ())) <= {"TABLES", "FORMS", "QUERIES", "SIGNATURES", "LAYOUT"}
        picture = base64.b64decode(body["Document"]["Bytes"], validate=True)
        assert picture.startswith((b"\x89PNG", b"\xff\xd8"))
        assert len(picture) <= 10 * 1024**2
        await self.document()
        if self.broken:
            await self.refuse(exchange, "BadDocumentException", "Request has a damaged document.")
            return
        blocks = [{"BlockType": "PAGE", "Id": "page", "Geometry": box(0, 0, 1, 1), "Page": 1}]
        blocks += line("line", text_of(0), 0.1)
        if operation == "AnalyzeDocument":
            blocks.append(layout("TEXT", "text", ["line"], 0.1))
        await exchange.json({"DocumentMetadata": {"Pages": 1}, "Blocks": blocks}, headers={"x-amzn-RequestId": "r-2"})


CASE = Case(
    model="aws_textract/analyze-document",
    service=Textract,
    options=lambda base: {"api_base": base, "api_key": f"{ID}:{KEY}"},
    pictures=True,
    urls=False,
    asks_to_wait=False,
    price=None,
)
