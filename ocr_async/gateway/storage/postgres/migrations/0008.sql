-- How long deployments asked to wait, whichever gateway it was.

CREATE TABLE ocr_async.pauses (
    deployment text COLLATE "C" PRIMARY KEY,
    until timestamptz NOT NULL
);

-- Permits of the deployments that have limits, and the pauses of all that are asked about.
--
-- Args:
--   asked: As of lease_permits, with a pause in seconds that was learnt, or 0, and whether there are limits.
CREATE FUNCTION ocr_async.lease(me uuid, asked jsonb, kept bigint, slot_seconds bigint)
RETURNS TABLE (
    n bigint, starts bigint, second bigint, delay double precision, held bigint, fair bigint, processes bigint,
    pause double precision
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO ocr_async.pauses AS p (deployment, until)
        SELECT x.deployment, clock_timestamp() + x.pause * interval '1 second'
        FROM jsonb_to_recordset(asked) AS x (deployment text, pause double precision)
        WHERE x.pause > 0 ORDER BY x.deployment COLLATE "C"
        ON CONFLICT (deployment) DO UPDATE SET until = excluded.until WHERE p.until < excluded.until;
    RETURN QUERY
        SELECT x.n, coalesce(l.starts, 0), coalesce(l.second, 0), coalesce(l.delay, 0), coalesce(l.held, 0),
            coalesce(l.fair, 0), l.processes,
            coalesce(greatest(extract(epoch FROM p.until - clock_timestamp()), 0), 0)::double precision
        FROM ocr_async.lease_permits(
            me, jsonb_path_query_array(asked, '$[*] ? (@.limited == true)'), kept, slot_seconds
        ) AS l
        FULL JOIN jsonb_to_recordset(asked) AS x (n bigint, deployment text) ON x.n = l.n
        LEFT JOIN ocr_async.pauses AS p ON p.deployment = x.deployment;
END $$;
