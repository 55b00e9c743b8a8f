"""
The services' own clients before the stand-ins of `tests.providers.cases`, which take nothing but what a service takes.

So what the adapters are judged by is right: a request that the service's own client sends is one that the stand-in
takes, and the answer is one that the client reads. `nox -s clients` installs them; what is not installed is skipped.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import anyio.from_thread
import PIL.Image
import pytest

from tests.documents import PARAGRAPHS, text_pdf
from tests.providers.cases import (
    azure_document_intelligence,
    azure_mistral,
    cohere,
    datalab,
    gemini,
    google_document_ai,
    landingai,
    llamaparse,
    mistral,
    openai_compatible,
    reducto,
    unstructured,
    vertex_ai,
)
from tests.providers.cases.base import KEY, Service, text_of
from tests.upstream import upstream


pytestmark = pytest.mark.filterwarnings("default")  # the clients' own are theirs

PDF = text_pdf([PARAGRAPHS] * 3)
Serve = Callable[[Service], AbstractContextManager[str]]


def installed(module: str) -> Any:
    """Return *module* of a client; skip the test where it is not installed."""
    return pytest.importorskip(module, reason=f"{module} is not installed", exc_type=ImportError)


def png() -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (600, 800), "white").save(buffer, "PNG")
    return buffer.getvalue()


def data_uri(data: bytes) -> str:
    kind = "image/png" if data.startswith(b"\x89PNG") else "application/pdf"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return what runs a stand-in, gives its address, and finds at the end that it had nothing to object to."""
    with anyio.from_thread.start_blocking_portal() as portal:

        @contextmanager
        def run(service: Service) -> Iterator[str]:
            with portal.wrap_async_context_manager(upstream(default=service)) as server:
                yield server.url
                assert server.requests
            assert service.problems == []

        yield run


@pytest.mark.parametrize("with_url", [False, True])
def test_azure_ai_documentintelligence(serve: Serve, with_url: bool) -> None:
    azure = installed("azure.ai.documentintelligence")
    models = installed("azure.ai.documentintelligence.models")
    key = installed("azure.core.credentials").AzureKeyCredential(KEY)
    address = "https://example.com/a.pdf"
    document = models.AnalyzeDocumentRequest(url_source=address) if with_url else io.BytesIO(PDF)
    service = azure_document_intelligence.DocumentIntelligence()
    with serve(service) as url, azure.DocumentIntelligenceClient(url, key) as client:
        result = client.begin_analyze_document(
            "prebuilt-layout",
            document,
            pages="1,3",
            string_index_type="unicodeCodePoint",
            output_content_format="markdown",
        ).result()
    assert [page.page_number for page in result.pages] == [1, 3]
    page = result.pages[1]
    assert text_of(2) in result.content[page.spans[0].offset : page.spans[0].offset + page.spans[0].length]
    assert page.words[0].content == "Text"


@pytest.mark.parametrize("analyzed", [False, True])
def test_botocore_at_textract(serve: Serve, analyzed: bool) -> None:
    session = installed("botocore.session")
    from tests.providers.cases import aws_textract  # which takes botocore's signer

    with serve(aws_textract.Textract()) as url:
        client = session.get_session().create_client(
            "textract", region_name="eu-west-1", endpoint_url=url,
            aws_access_key_id=aws_textract.ID, aws_secret_access_key=KEY,
        )  # fmt: skip
        document = {"Bytes": png()}
        if analyzed:
            answer = client.analyze_document(Document=document, FeatureTypes=["LAYOUT", "TABLES"])
        else:
            answer = client.detect_document_text(Document=document)
        client.close()
    assert text_of(0) in [block.get("Text") for block in answer["Blocks"]]
    assert answer["DocumentMetadata"]["Pages"] == 1


def test_cohere(serve: Serve) -> None:
    client_of = installed("cohere")
    with serve(cohere.Parse()) as url:
        client = client_of.ClientV2(api_key=KEY, base_url=url)
        document = {"type": "image_url", "image_url": data_uri(png())}
        answer = client.parse(model="parse-v5.0", document=document, output_format="markdown")
    assert answer.pages[0].markdown.content == text_of(0)
    assert answer.meta.billed_units.pages == 1


def test_reductoai(serve: Serve) -> None:
    client_of = installed("reducto")
    service = reducto.Reducto(large=False)
    with serve(service) as url, client_of.Reducto(api_key=KEY, base_url=url) as client:
        upload = client.upload(file=("a.pdf", PDF, "application/pdf"))
        job = client.parse.run_job(
            input=upload.file_id,
            formatting={"table_output_format": "html"},
            settings={"page_range": {"start": 2, "end": 3}},
        )
        states = [client.job.get(job.job_id) for _ in range(2)]
        assert [state.status for state in states] == ["Pending", "Completed"]
        blocks = states[1].result.result.chunks[0].blocks
        assert [block.bbox.original_page for block in blocks] == [2, 3]
        assert blocks[0].content == text_of(1)
        assert states[1].result.usage.num_pages == 2
        client.job.cancel(job.job_id)
    assert service.cancelled == {job.job_id}


def test_openai_with_a_vision_model(serve: Serve) -> None:
    client_of = installed("openai")
    content = [
        {"type": "image_url", "image_url": {"url": data_uri(png())}},
        {"type": "text", "text": openai_compatible.GENERIC_PROMPT},
    ]
    with serve(openai_compatible.ChatServer()) as url, client_of.OpenAI(api_key=KEY, base_url=f"{url}/v1") as client:
        answer = client.chat.completions.create(
            model="qwen2.5-vl", temperature=0, messages=[{"role": "user", "content": content}]
        )
    assert text_of(0) in answer.choices[0].message.content
    assert answer.usage.total_tokens == 1240


def test_google_genai_with_a_vision_model(serve: Serve) -> None:
    genai, types = installed("google.genai"), installed("google.genai.types")
    with serve(gemini.Gemini()) as url:
        client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=url, api_version="v1beta"))
        picture = types.Part.from_bytes(data=png(), mime_type="image/png")
        prompt = types.Part.from_text(text=openai_compatible.GENERIC_PROMPT)
        answer = client.models.generate_content(
            model="gemini-flash-latest",
            contents=types.Content(role="user", parts=[picture, prompt]),
            config=types.GenerateContentConfig(temperature=0),
        )
        client.close()
    assert text_of(0) in answer.text
    assert answer.usage_metadata.total_token_count == 600


def test_google_cloud_documentai(serve: Serve) -> None:
    documentai = installed("google.cloud.documentai_v1")
    transports = installed("google.cloud.documentai_v1.services.document_processor_service.transports")
    credentials = installed("google.oauth2.credentials").Credentials(KEY)
    with serve(google_document_ai.DocumentAI()) as url:
        transport = transports.DocumentProcessorServiceRestTransport(
            host=url.removeprefix("http://"), credentials=credentials, url_scheme="http"
        )
        with documentai.DocumentProcessorServiceClient(transport=transport) as client:
            answer = client.process_document(
                documentai.ProcessRequest(
                    name=f"{google_document_ai.PLACE.removeprefix('/v1/')}/processors/3f9a17",
                    raw_document=documentai.RawDocument(content=PDF, mime_type="application/pdf"),
                    process_options=documentai.ProcessOptions(
                        individual_page_selector=documentai.ProcessOptions.IndividualPageSelector(pages=[1, 3])
                    ),
                    imageless_mode=True,
                )
            )
    document = answer.document
    assert [page.page_number for page in document.pages] == [1, 3]
    segment = document.pages[1].paragraphs[0].layout.text_anchor.text_segments[0]
    assert document.text[segment.start_index : segment.end_index] == f"{text_of(2)}\n"


def test_unstructured_client(serve: Serve) -> None:
    client_of = installed("unstructured_client")
    operations = installed("unstructured_client.models.operations")
    shared = installed("unstructured_client.models.shared")
    with (
        serve(unstructured.Unstructured()) as url,
        client_of.UnstructuredClient(api_key_auth=KEY, server_url=url) as client,
    ):
        answer = client.general.partition(
            request=operations.PartitionRequest(
                partition_parameters=shared.PartitionParameters(
                    files=shared.Files(content=PDF, file_name="a.pdf"),
                    strategy=shared.Strategy.HI_RES,
                    coordinates=True,
                    split_pdf_page=False,
                )
            )
        )
    assert [element["text"] for element in answer.elements] == [text_of(page) for page in range(3)]


def test_llama_cloud(serve: Serve) -> None:
    client_of = installed("llama_cloud")
    service = llamaparse.LlamaParse()
    with serve(service) as url, client_of.LlamaCloud(api_key=KEY, base_url=url) as client:
        job = client.parsing.create(
            tier="cost_effective",
            version="latest",
            upload_file=("a.pdf", PDF, "application/pdf"),
            page_ranges={"target_pages": "1,3"},
        )
        states = [client.parsing.get(job.id) for _ in range(2)]
        assert [state.job.status for state in states] == ["PENDING", "COMPLETED"]
        result = client.parsing.get(job.id, expand=["markdown", "items", "metadata", "usage"])
        assert [page.page_number for page in result.markdown.pages] == [1, 3]
        assert result.markdown.pages[1].markdown == text_of(2)
        assert result.items.pages[1].items[0].value == text_of(2)


def test_datalab_sdk(serve: Serve, tmp_path: Path) -> None:
    datalab_sdk = installed("datalab_sdk")
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    with serve(datalab.Datalab()) as url:
        client = datalab_sdk.DatalabClient(api_key=KEY, base_url=url)
        options = datalab_sdk.ConvertOptions(
            output_format="markdown,json",
            mode="balanced",
            paginate=True,
            disable_image_extraction=True,
            page_range="0,2",
        )
        result = client.convert(file_path=path, options=options, poll_interval=0)
    assert text_of(2) in result.markdown


def test_landingai_ade(serve: Serve) -> None:
    client_of = installed("landingai_ade")
    with serve(landingai.LandingAI()) as url, client_of.LandingAIADE(apikey=KEY, base_url=url) as client:
        job = client.v2.parse_jobs.create(document=("a.pdf", PDF, "application/pdf"), model="dpt-3-pro-latest")
        states = [client.v2.parse_jobs.get(job.job_id) for _ in range(2)]
    assert states[1].status == "completed"
    assert text_of(2) in states[1].result.markdown


def test_mistralai(serve: Serve) -> None:
    client_of = installed("mistralai.client")
    with serve(mistral.Mistral()) as url, client_of.Mistral(api_key=KEY, server_url=url) as client:
        document = {"type": "document_url", "document_url": data_uri(PDF)}
        answer = client.ocr.process(model="mistral-ocr-latest", document=document, pages=[0, 2])
    assert [page.markdown for page in answer.pages] == [text_of(0), text_of(2)]


def test_mistralai_on_azure(serve: Serve) -> None:
    client_of = installed("mistralai.azure.client")
    with serve(azure_mistral.AzureMistral()) as url, client_of.MistralAzure(api_key=KEY, server_url=url) as client:
        document = {"type": "document_url", "document_url": data_uri(PDF)}
        answer = client.ocr.process(model="mistral-document-ai-2512", document=document, pages=[0, 2])
    assert [page.markdown for page in answer.pages] == [text_of(0), text_of(2)]


def test_google_auth_at_vertex_ai(serve: Serve) -> None:
    """Google has no client for rawPredict of others' models: google-auth's session carries the token."""
    requests = installed("google.auth.transport.requests")
    credentials = installed("google.oauth2.credentials").Credentials(KEY)
    with serve(vertex_ai.Vertex()) as url, requests.AuthorizedSession(credentials) as session:
        body: Any = {
            "model": "mistral-ocr-2505",
            "document": {"type": "document_url", "document_url": data_uri(PDF)},
            "pages": [2],
        }
        route = f"{vertex_ai.PLACE}/publishers/mistralai/models/mistral-ocr-2505:rawPredict"
        answer = session.post(f"{url}{route}", json=body)
    assert answer.json()["pages"][0]["markdown"] == text_of(2)
