"""
A drop-in gateway: Mistral's, Opper's and LiteLLM's clients work unchanged.

    serve       listens, announces itself, ends gracefully on SIGTERM        edge       slow clients, connection cap
    app         create_app(); the one middleware: ids, Host, keys, errors    log        JSON lines, redaction
    config      LiteLLM's config.yaml to a frozen `Config`                   _yaml, values   its lines; its checks
    state       Gateway (what handlers share), Visit (one request), add_route()
    access      keys, their limits, what they spent                          keys       the same in SQLite
    accounts    carries keys and spend between the two                       refusals   errors to statuses and bodies
    ocr         the OCR routes, one writer a dialect                         reading    from a request to its pages
    intake      bodies: size, time, strict JSON                              forms      multipart forms, part by part
    uploads     large bodies and documents out of memory: `gateway.uploads.json(request, read)`
    multipart   LiteLLM's form                                               unbroken   what no cancellation interrupts
    progress    pages as they get ready: events or lines                     jobs       ask now, fetch later
    process     open-webui's external engine                                 page/      the web page
    models, health   lists of models; liveness, readiness, metrics           metrics    what is counted
    openapi     the gateway's description of itself, and /docs
    files       uploads, lists, signed links                                 addresses  signs and resolves those links
    batches     the Batch API                                                batch_run, batch_lines   do the jobs
    idempotency, repeats   an Idempotency-Key is worked on once              queries    parameters, checked one by one
    storage     the port behind which these are kept                         local/     SQLite and a folder
    sweeper     deletes what has expired                                    memory      gives back what is free

**Routes.** A module of routes has ``add_routes(app)`` and is named in `app.create_app`. It adds each with
`state.add_route(app, method, path, handler, who=…, form=…)`: *who* may use it ("anyone", "key", "master") is a property
of the route, and one that is added in any other way is closed. Handlers raise `Refusal` or an `OCRError`; the
middleware turns either into the body that *form* stands for, and logs `visit.facts`.

**State.** `gateway_of(request)` is the `Gateway`, `visit_of(request)` the `Visit` with its `id` and `key`; what belongs
to a client belongs to ``visit.key.id``. `reading.read(gateway, visit, OCRRequest)` does the OCR of every dialect.

**Storage.** `storage_of(request)` is the `storage.Storage`; `local.open_storage(config.data)` is the only one there is.
Keys and spend are in the same SQLite file, on the same thread (`local.sqlite.Database`). `addresses.document` finds an
uploaded file for a key, `addresses.document_at` the one behind a signed address of ours, without fetching it. A route
of `idempotency.once(handler)` works on each Idempotency-Key once: `reading.read` does what is needed for OCR, another
handler calls `idempotency.settle(request, what_is_asked)` when it has read its body.

Balancing, rests and fallbacks are the core's (`ocr_async._routing`); here they are only configured.
"""
