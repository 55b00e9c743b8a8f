-- Bytes may lie in an object store instead of in `pieces`.

ALTER TABLE ocr_async.blobs
    ADD COLUMN objects boolean NOT NULL DEFAULT false,  -- whether they lie there
    ADD COLUMN pieces integer;                          -- how many; NULL as long as it is being written

UPDATE ocr_async.blobs AS b SET pieces = (SELECT count(*) FROM ocr_async.pieces AS p WHERE p.blob = b.id)
    WHERE process IS NULL;

CREATE INDEX blobs_in_objects ON ocr_async.blobs (id) WHERE objects;

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
