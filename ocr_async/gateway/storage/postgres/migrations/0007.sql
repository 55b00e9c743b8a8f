-- Requests of batches that may have been sent to a provider, and must not be sent again (never_bill_twice).

CREATE TABLE ocr_async.sent (
    job text NOT NULL REFERENCES ocr_async.jobs (id) ON DELETE CASCADE,
    line bigint NOT NULL,
    PRIMARY KEY (job, line)
);
