"""Each check of the project by name: `nox -s tests typing lint`; `.ci/run` runs the same ones."""

import nox


nox.options.sessions = ["tests", "typing", "lint"]
nox.options.default_venv_backend = "venv"


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    """The test-suite; arguments go to pytest."""
    session.install("-e", ".[dev]")
    session.run("pytest", "-n", "3", "--dist", "loadfile", *session.posargs)


@nox.session
def quick(session: nox.Session) -> None:
    """The part of the test-suite that is over in two minutes."""
    session.install("-e", ".[dev]")
    session.run("pytest", "-m", "quick", *session.posargs)


@nox.session
def typing(session: nox.Session) -> None:
    """mypy in strict mode, and pyright."""
    session.install("-e", ".[dev]")
    session.run("mypy")
    session.run("pyright")


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, and whether the generated module is up to date."""
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("python", "-m", "ocr_async._generate", "--check")


@nox.session
def docs(session: nox.Session) -> None:
    """Every Python block of README and docs, run."""
    session.install("-e", ".[dev]")
    session.run("pytest", "tests/test_docs.py", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """The documentation as a site, in build/site; a dead link fails it."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", "build", "--strict")


@nox.session
def bench(session: nox.Session) -> None:
    """The figures of docs/explanation/figures.md; takes minutes and wants a quiet machine."""
    session.install("-e", ".[dev,bench]")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
@nox.parametrize("mistralai", ["<2", "<3", "<4"])
def compat(session: nox.Session, mistralai: str) -> None:
    """The official clients against a gateway, in versions of which they need not agree with ours."""
    session.install("-e", ".[local,server]", "pytest", "pytest-timeout", "blockbuster", "hypothesis")
    session.install(f"mistralai{mistralai}", "opperai==1.7.2", "litellm[proxy]>=1.106")
    session.run("pytest", "tests/compat", *session.posargs)


CLIENTS = (
    "azure-ai-documentintelligence", "boto3", "cohere", "datalab-python-sdk", "google-cloud-documentai", "google-genai",
    "landingai-ade", "llama-cloud>=2", "mistralai>=2", "openai", "reductoai", "unstructured-client",
)  # fmt: skip


@nox.session
def clients(session: nox.Session) -> None:
    """The services' own clients before the stand-ins that our adapters are tested with: those are right."""
    session.install("-e", ".[local,server,aws,google]", "pytest", "pytest-timeout", "blockbuster", "pypdf")
    session.install(*CLIENTS)
    session.run("pytest", "tests/clients/test_stand_ins.py", *session.posargs)


@nox.session
def litellm(session: nox.Session) -> None:
    """The same calls through LiteLLM's newest and through us: the same requests, but for what the test tells."""
    session.install("-e", ".[local,server,aws,google]", "pytest", "pytest-timeout", "blockbuster", "pypdf")
    session.install("--upgrade", "litellm")
    session.run("pytest", "tests/clients/test_same_requests.py", *session.posargs)
