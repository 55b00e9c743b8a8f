"""
A drop-in gateway: Mistral's, Opper's and LiteLLM's clients work unchanged.

    routes        what it answers, a module a group of routes      page          the web page at ``/``
    intake        what comes in: connections, bodies, forms        access        keys, limits, spend, signed addresses
    config        LiteLLM's config.yaml to a frozen `Config`       storage       the port, and `local` behind it
    batch         does the jobs of the Batch API                   jobs          the same for ``/v1/ocr/jobs``
    operating     log, metrics, memory                             idempotency   the same request is worked on once
    multiprocess  several processes as one gateway

    serve         listens, announces itself, ends gracefully on SIGTERM
    app           create_app(); the one middleware: ids, Host, keys, errors
    state         Gateway (what handlers share), RequestContext (one request), add_route()
    reading       from a client's request to its pages, in every dialect
    http_errors   errors to statuses and bodies

**Routes.** A module of routes has ``add_routes(app)`` and is named in `app.create_app`. It adds each with
`state.add_route(app, method, path, handler, who=…, form=…)`: *who* may use it ("anyone", "key", "master") is a property
of the route, and one that is added in any other way is closed. Handlers raise `HTTPError` or an `OCRError`; the
middleware turns either into the body that *form* stands for, and logs `context.facts`.

**State.** `gateway_of(request)` is the `Gateway`, `context_of(request)` the `RequestContext` with its `id` and `key`;
what belongs to a client belongs to ``context.key.id``. `reading.read(gateway, context, OCRRequest)` does the OCR of
every dialect.

**Storage.** `storage_of(request)` is the `storage.port.Storage`: `storage.local`, SQLite and a folder, for one gateway;
`storage.postgres` for several. Both are asked the same in tests/gateway/storage. `access.signed_urls.document_at`
finds the uploaded file behind a signed address of ours, without fetching it. A route of `idempotency.once(handler)`
works on each Idempotency-Key once: `reading.read` does what is needed for OCR, another handler calls
`idempotency.settle(request, what_is_asked)` when it has read its body.

Balancing, rests and fallbacks are the core's (`ocr_async.call.routing`); here they are only configured.
"""
