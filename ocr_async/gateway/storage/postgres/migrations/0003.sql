-- Jobs of POST /v1/ocr/jobs, for all gateways.

CREATE TABLE ocr_async.ocr_jobs (
    id text PRIMARY KEY,
    owner text NOT NULL,
    key text,            -- its Idempotency-Key
    asked text,          -- what it was asked, as a fingerprint
    request bytea,       -- what it was asked, to be asked again; NULL once it has ended
    document uuid REFERENCES ocr_async.blobs,
    holder uuid,         -- the process that works on it
    tries integer NOT NULL DEFAULT 1,
    sent boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'running',
    pages_done integer NOT NULL DEFAULT 0,
    result uuid REFERENCES ocr_async.blobs,
    ended bigint
) WITH (fillfactor = 50);
CREATE INDEX ocr_jobs_by_owner ON ocr_async.ocr_jobs (owner);
CREATE INDEX ocr_jobs_running ON ocr_async.ocr_jobs (id) WHERE ended IS NULL;
CREATE INDEX ocr_jobs_by_end ON ocr_async.ocr_jobs (ended) WHERE ended IS NOT NULL;
CREATE INDEX ocr_jobs_by_document ON ocr_async.ocr_jobs (document) WHERE document IS NOT NULL;
CREATE INDEX ocr_jobs_by_result ON ocr_async.ocr_jobs (result) WHERE result IS NOT NULL;
