-- All of it in a schema of its own, so that the database may be another program's, too.

CREATE TABLE ocr_async.settings (name text PRIMARY KEY, value bytea NOT NULL);

-- Counts up with every change of a key or of the secret: what gateways look at every second.
CREATE TABLE ocr_async.changes (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), version bigint NOT NULL);
INSERT INTO ocr_async.changes (version) VALUES (1);

-- Gateways that run. What they hold is theirs until their lease ends: reservations, jobs, answers being made, drafts.
CREATE TABLE ocr_async.processes (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    until timestamptz NOT NULL,
    settled bigint NOT NULL DEFAULT 0  -- number of the last batch of charges that was added, so that each is once
);

CREATE FUNCTION ocr_async.lives(process uuid) RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT EXISTS (SELECT FROM ocr_async.processes WHERE id = process AND until > now()) $$;

-- keys and spend -----------------------------------------------------------------------------------------------------

CREATE TABLE ocr_async.keys (
    number bigint GENERATED ALWAYS AS IDENTITY,
    id text PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    alias text COLLATE "C" NOT NULL,
    tail text NOT NULL,
    facts jsonb NOT NULL,
    created double precision NOT NULL,
    revoked double precision
);
CREATE UNIQUE INDEX keys_in_use ON ocr_async.keys (alias) WHERE revoked IS NULL;

CREATE TABLE ocr_async.spend (
    key_id text COLLATE "C" NOT NULL,
    alias text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    day text COLLATE "C" NOT NULL,
    requests bigint NOT NULL,
    pages bigint NOT NULL,
    usd double precision NOT NULL,
    PRIMARY KEY (key_id, model, day)
) WITH (fillfactor = 70);

-- What was taken over of a folder's spend, so that it is added once, and later only what came since.

CREATE TABLE ocr_async.moved (
    key_id text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    day text COLLATE "C" NOT NULL,
    requests bigint NOT NULL,
    pages bigint NOT NULL,
    usd double precision NOT NULL,
    PRIMARY KEY (key_id, model, day)
);

-- limits (0002.sql has the arithmetic) ----------------------------------------------------------------------------

CREATE TABLE ocr_async.usage (
    key_id text PRIMARY KEY,
    period text,
    since text COLLATE "C" NOT NULL,        -- the first day of what is counted as spent
    spent_pages bigint NOT NULL,
    spent_usd double precision NOT NULL,
    request_seconds bigint[] NOT NULL DEFAULT '{}',  -- of the last minute, and how much in each
    request_counts bigint[] NOT NULL DEFAULT '{}',
    page_seconds bigint[] NOT NULL DEFAULT '{}',
    page_counts bigint[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50);

-- What each gateway holds back for its requests in flight, in one row for each key.
CREATE TABLE ocr_async.holds (
    key_id text NOT NULL,
    process uuid NOT NULL,
    pages bigint NOT NULL,
    usd double precision NOT NULL,
    in_flight bigint NOT NULL,
    PRIMARY KEY (key_id, process)
) WITH (fillfactor = 50);

-- files --------------------------------------------------------------------------------------------------------------

CREATE TABLE ocr_async.blobs (
    id uuid PRIMARY KEY,
    process uuid,  -- that is still writing it; NULL once something refers to it
    objects boolean NOT NULL DEFAULT false,  -- whether its pieces are in an object store, and not below
    pieces integer  -- how many; NULL as long as it is being written
);
CREATE INDEX blobs_in_objects ON ocr_async.blobs (id) WHERE objects;
CREATE TABLE ocr_async.pieces (
    blob uuid NOT NULL REFERENCES ocr_async.blobs ON DELETE CASCADE,
    number integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (blob, number)
);
ALTER TABLE ocr_async.pieces ALTER COLUMN data SET STORAGE EXTERNAL;  -- documents do not become smaller

-- Blobs whose objects are to be deleted: noted in the transaction that deletes the blob, so that none is forgotten,
-- however the process ends that deletes them.
CREATE TABLE ocr_async.deletions (
    blob uuid PRIMARY KEY,
    due timestamptz NOT NULL DEFAULT now(),
    again boolean NOT NULL  -- whether who wrote it may sleep and go on
);

CREATE FUNCTION ocr_async.note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ocr_async.deletions (blob, again) VALUES (OLD.id, OLD.process IS NOT NULL) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER blob_deleted AFTER DELETE ON ocr_async.blobs
    FOR EACH ROW WHEN (OLD.objects) EXECUTE FUNCTION ocr_async.note_deletion();

CREATE TABLE ocr_async.files (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    blob uuid NOT NULL REFERENCES ocr_async.blobs,
    id text NOT NULL UNIQUE,
    owner text NOT NULL,
    name text NOT NULL,
    purpose text NOT NULL,
    sample_type text NOT NULL,
    source text NOT NULL,
    size bigint NOT NULL,
    created bigint NOT NULL,
    expires bigint,
    mime text,
    lines bigint,
    signature text,
    visibility text NOT NULL
);
CREATE INDEX files_by_owner ON ocr_async.files (owner, number);
CREATE INDEX files_by_end ON ocr_async.files (expires) WHERE expires IS NOT NULL;
CREATE INDEX files_by_blob ON ocr_async.files (blob);

-- batches ------------------------------------------------------------------------------------------------------------

CREATE TABLE ocr_async.jobs (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    owner text NOT NULL,
    endpoint text NOT NULL,
    inputs text NOT NULL,
    model text,
    metadata text NOT NULL,
    tags jsonb NOT NULL,  -- the metadata, to be searched
    status text NOT NULL,
    created bigint NOT NULL,
    deadline bigint NOT NULL,
    started bigint,
    completed bigint,
    total bigint NOT NULL,
    succeeded bigint NOT NULL,
    failed bigint NOT NULL,
    errors jsonb NOT NULL,
    output_file text,
    error_file text,
    retained bigint,
    holder uuid  -- the process that works on it
);
CREATE INDEX jobs_by_owner ON ocr_async.jobs (owner, number);
CREATE INDEX jobs_unfinished ON ocr_async.jobs (number) WHERE completed IS NULL;
CREATE INDEX jobs_by_end ON ocr_async.jobs ((completed + retained)) WHERE retained IS NOT NULL;

CREATE TABLE ocr_async.job_inputs (
    job text NOT NULL REFERENCES ocr_async.jobs (id) ON DELETE CASCADE,
    number integer NOT NULL,
    blob uuid NOT NULL REFERENCES ocr_async.blobs,
    PRIMARY KEY (job, number)
);
CREATE INDEX job_inputs_by_blob ON ocr_async.job_inputs (blob);

CREATE TABLE ocr_async.results (
    number bigint GENERATED ALWAYS AS IDENTITY,
    job text NOT NULL REFERENCES ocr_async.jobs (id) ON DELETE CASCADE,
    line bigint NOT NULL,
    failed boolean NOT NULL,
    text bytea NOT NULL,
    PRIMARY KEY (job, line)
);
CREATE INDEX results_in_order ON ocr_async.results (job, failed, number);

-- Requests of batches that may have been sent to a provider, and must not be sent again (never_bill_twice).

CREATE TABLE ocr_async.sent (
    job text NOT NULL REFERENCES ocr_async.jobs (id) ON DELETE CASCADE,
    line bigint NOT NULL,
    PRIMARY KEY (job, line)
);

CREATE FUNCTION ocr_async.counted(errors jsonb, message text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT errors || jsonb_build_object(name, coalesce((errors ->> name)::bigint, 0) + 1)
    FROM (SELECT CASE WHEN errors ? message OR (SELECT count(*) FROM jsonb_object_keys(errors)) < 100
                      THEN message ELSE 'other errors' END AS name) AS chosen
$$;

-- answers ------------------------------------------------------------------------------------------------------------

CREATE TABLE ocr_async.answers (
    owner text NOT NULL,
    key bytea NOT NULL,  -- the digest of what the client put there
    fingerprint text NOT NULL,
    holder uuid,         -- the process that makes it; NULL once it is there
    blob uuid REFERENCES ocr_async.blobs,
    status integer,
    headers text,
    expires bigint NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX answers_by_end ON ocr_async.answers (expires);
CREATE INDEX answers_by_blob ON ocr_async.answers (blob);

-- jobs of POST /v1/ocr/jobs ------------------------------------------------------------------------------------------

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
