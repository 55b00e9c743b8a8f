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
