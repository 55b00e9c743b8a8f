"""
A drop-in gateway: Mistral's, Opper's and LiteLLM's clients work unchanged.

    serve       listens, announces itself, ends gracefully on SIGTERM        edge       slow clients, connection cap
    app         create_app(); the one middleware: ids, Host, keys, errors    log        JSON lines, redaction
    config      LiteLLM's config.yaml to a frozen `Config`                   _yaml      YAML with line numbers
    state       Gateway (what handlers share), Visit (one request), add_route()
    access      keys, their limits, what they spent                          keys       the same in SQLite
    accounts    carries keys and spend between the two                       refusals   errors to statuses and bodies
    ocr         the OCR routes, one writer a dialect                         reading    from a request to its pages
    intake      bodies: size, time, strict JSON                              multipart  LiteLLM's form
    uploads     large bodies and documents out of memory: `gateway.uploads.json(request, read)`
    progress    pages as they get ready: events or lines                     jobs       ask now, fetch later
    process     open-webui's external engine                                 page/      the web page
    models, health   lists of models; liveness, readiness, metrics           metrics    what is counted
    openapi     the gateway's description of itself, and /docs
    storage     the port behind which files, batches and repeated answers are kept

**Routes.** A module of routes has ``add_routes(app)`` and is named in `app.create_app`. It adds each with
`state.add_route(app, method, path, handler, who=…, form=…)`: *who* may use it ("anyone", "key", "master") is a property
of the route, and one that is added in any other way is closed. Handlers raise `Refusal` or an `OCRError`; the
middleware turns either into the body that *form* stands for, and logs `visit.facts`.

**State.** `gateway_of(request)` is the `Gateway`, `visit_of(request)` the `Visit` with its `id` and `key`; what belongs
to a client belongs to ``visit.key.id``. `reading.read(gateway, visit, OCRRequest)` does the OCR of every dialect.

**Storage.** `storage.Storage` is what the OCR routes ask of it: `document` for file ids, `document_at` for signed
addresses of our own. `create_app(config, storage=…)` takes one; `config.data` is its folder.

Balancing, rests and fallbacks are the core's (`ocr_async._routing`); here they are only configured.
"""
