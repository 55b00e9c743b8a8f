-- Limits of deployments, for all gateways together.

CREATE TABLE ocr_async.deployments (
    id text COLLATE "C" PRIMARY KEY,
    seconds bigint[] NOT NULL DEFAULT '{}',  -- in which permits to begin a call were given, and how many in each
    counts bigint[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50);

-- Permits for calls at once: what each gateway has, and would like to have.
CREATE TABLE ocr_async.shares (
    deployment text COLLATE "C" NOT NULL,
    process uuid NOT NULL,
    held bigint NOT NULL,
    wanted bigint NOT NULL,
    PRIMARY KEY (deployment, process)
) WITH (fillfactor = 50);

-- How long deployments asked to wait, whichever gateway it was.
CREATE TABLE ocr_async.pauses (
    deployment text COLLATE "C" PRIMARY KEY,
    until timestamptz NOT NULL
);

-- How many of *most* process *me* should have: all get what they want as long as there is enough, else equal parts.
-- Where there are fewer than processes, these change places from *slot* to *slot*.
CREATE FUNCTION ocr_async.fair_share(of_deployment text, me uuid, most bigint, wants bigint, slot bigint)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    one record; room bigint := most; part bigint; others bigint; many bigint;
BEGIN
    IF wants <= 0 THEN
        RETURN 0;
    END IF;
    SELECT count(*) + 1 INTO others FROM ocr_async.shares AS s
        WHERE s.deployment = of_deployment AND s.process <> me AND s.wanted > 0 AND ocr_async.lives(s.process);
    many := (most + others - 1) / others;  -- nobody who wants so many comes before who wants more
    FOR one IN
        SELECT w.process, w.wanted FROM (
            SELECT s.process, s.wanted FROM ocr_async.shares AS s
                WHERE s.deployment = of_deployment AND s.process <> me AND s.wanted > 0 AND ocr_async.lives(s.process)
            UNION ALL SELECT me, wants
        ) AS w ORDER BY least(w.wanted, many), md5(w.process::text || slot)
    LOOP
        part := least(one.wanted, room / others);
        IF one.process = me THEN
            RETURN part;
        END IF;
        room := room - part;
        others := others - 1;
    END LOOP;
    RETURN 0;
END $$;

-- Args:
--   asked: [{n, deployment, limited, rpm, starts, unused: {second: count}, most, held, wanted, pause}]; see
--     storage.permits.
CREATE FUNCTION ocr_async.lease(me uuid, asked jsonb, kept bigint, slot_seconds bigint)
RETURNS TABLE (
    n bigint, starts bigint, second bigint, delay double precision, held bigint, fair bigint, processes bigint,
    pause double precision
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    ask record; d ocr_async.deployments; given record; living bigint; instant double precision; second_now bigint;
    f_starts bigint; f_delay double precision; f_held bigint; f_fair bigint; of_others bigint; place integer;
    f_pause double precision;
BEGIN
    SELECT greatest(count(*), 1) INTO living FROM ocr_async.processes AS p WHERE p.until > now();
    RETURN QUERY SELECT NULL::bigint, 0::bigint, 0::bigint, 0::double precision, 0::bigint, 0::bigint, living,
        0::double precision;
    FOR ask IN
        SELECT * FROM jsonb_to_recordset(asked) AS x (
            n bigint, deployment text, limited boolean, rpm bigint, starts bigint, unused jsonb, most bigint, held bigint,
            wanted bigint, pause double precision
        ) ORDER BY x.deployment COLLATE "C"
    LOOP
        IF ask.limited THEN
            INSERT INTO ocr_async.deployments (id) VALUES (ask.deployment) ON CONFLICT DO NOTHING;
            SELECT * INTO d FROM ocr_async.deployments AS r WHERE r.id = ask.deployment FOR UPDATE;
        END IF;
        IF ask.pause > 0 THEN
            INSERT INTO ocr_async.pauses AS p (deployment, until)
                VALUES (ask.deployment, clock_timestamp() + ask.pause * interval '1 second')
                ON CONFLICT (deployment) DO UPDATE SET until = excluded.until WHERE p.until < excluded.until;
        END IF;
        SELECT greatest(extract(epoch FROM p.until - clock_timestamp()), 0) INTO f_pause
            FROM ocr_async.pauses AS p WHERE p.deployment = ask.deployment;
        instant := extract(epoch FROM clock_timestamp());
        second_now := floor(instant);
        f_starts := 0; f_delay := 0; f_held := 0; f_fair := 0;
        IF ask.rpm IS NOT NULL THEN
            FOR given IN SELECT u.key::bigint AS second, u.value::bigint AS count FROM jsonb_each_text(ask.unused) AS u LOOP
                place := array_position(d.seconds, given.second);
                IF place IS NOT NULL THEN
                    d.counts[place] := greatest(d.counts[place] - given.count, 0);
                END IF;
            END LOOP;
            SELECT coalesce(array_agg(s ORDER BY s), '{}'), coalesce(array_agg(c ORDER BY s), '{}')
                INTO d.seconds, d.counts
                FROM unnest(d.seconds, d.counts) AS t (s, c) WHERE s > second_now - kept AND c > 0;
            IF ask.starts > 0 THEN
                f_starts := greatest(least(ask.starts, ask.rpm - (SELECT coalesce(sum(c), 0) FROM unnest(d.counts) AS c)), 0);
                IF f_starts = 0 THEN
                    f_delay := ocr_async.delay(d.seconds, d.counts, ask.rpm, 1, instant) + kept - 61;
                ELSE
                    place := array_position(d.seconds, second_now);
                    IF place IS NULL THEN
                        d.seconds := d.seconds || second_now;
                        d.counts := d.counts || f_starts;
                    ELSE
                        d.counts[place] := d.counts[place] + f_starts;
                    END IF;
                END IF;
            END IF;
            UPDATE ocr_async.deployments AS r SET seconds = d.seconds, counts = d.counts
                WHERE r.id = ask.deployment AND (r.seconds, r.counts) IS DISTINCT FROM (d.seconds, d.counts);
        END IF;
        IF ask.most IS NOT NULL THEN
            SELECT coalesce(sum(s.held), 0) INTO of_others FROM ocr_async.shares AS s
                WHERE s.deployment = ask.deployment AND s.process <> me AND ocr_async.lives(s.process);
            f_fair := ocr_async.fair_share(
                ask.deployment, me, ask.most, ask.wanted, second_now / slot_seconds);
            f_held := ask.held + greatest(0, least(f_fair - ask.held, ask.most - ask.held - of_others));
            IF f_held = 0 AND ask.wanted = 0 THEN
                DELETE FROM ocr_async.shares AS s WHERE s.deployment = ask.deployment AND s.process = me;
            ELSE
                INSERT INTO ocr_async.shares AS s (deployment, process, held, wanted)
                    VALUES (ask.deployment, me, f_held, ask.wanted)
                    ON CONFLICT (deployment, process) DO UPDATE SET held = excluded.held, wanted = excluded.wanted
                    WHERE (s.held, s.wanted) IS DISTINCT FROM (excluded.held, excluded.wanted);
            END IF;
        END IF;
        RETURN QUERY SELECT ask.n, f_starts, second_now, f_delay, f_held, f_fair, living, coalesce(f_pause, 0);
    END LOOP;
END $$;
