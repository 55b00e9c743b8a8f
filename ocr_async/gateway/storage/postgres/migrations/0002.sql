-- What a gateway tells of its requests and asks for new ones, all keys together, in one round trip.
--
-- A gateway has one such call on its way at a time, and all its requests that begin or end meanwhile go with the next:
-- so a key's row is locked once for many requests, no permit lies unused with a gateway that does not need it, and a
-- limit is exact. access/control.py and access/refusals.py are the same arithmetic in memory.

CREATE FUNCTION ocr_async.delay(
    seconds bigint[], counts bigint[], amount bigint, asked bigint, instant double precision
) RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    used bigint := coalesce((SELECT sum(c) FROM unnest(counts) AS c), 0);
BEGIN
    IF used = 0 OR used + asked <= amount THEN
        RETURN 0;
    END IF;
    FOR i IN 1 .. cardinality(seconds) LOOP
        used := used - counts[i];
        IF used + asked <= amount THEN
            RETURN seconds[i] + 61 - instant;
        END IF;
    END LOOP;
    RETURN seconds[cardinality(seconds)] + 61 - instant;
END $$;

-- Args:
--   sequence: number of *settled* among those of this process; one that was added already is not added again.
--   settled: [{key, alias, model, day, requests, pages, usd, held_pages, held_usd, held, second, rate}]
--   asked: [{n, key, pages, most, price, counted}]
--   held: [{key, pages, usd, in_flight}], all that this process holds, where it is not sure what of it is known here.
CREATE FUNCTION ocr_async.settle_and_reserve(me uuid, sequence bigint, settled jsonb, asked jsonb, held jsonb)
RETURNS TABLE (
    n bigint, known boolean, granted boolean, pages bigint, usd double precision, at bigint, rate bigint,
    spent_pages bigint, spent_usd double precision, held_pages bigint, held_usd double precision, in_flight bigint,
    request_delay double precision, page_delay double precision
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    fresh boolean := false;
    one record; ask record; k record;
    u ocr_async.usage;
    cent constant double precision := 1e-9;
    instant double precision; second_now bigint;
    first_day text; room double precision; money_left double precision; used_pages bigint; least_pages bigint;
    own_pages bigint; own_usd double precision; own_flight bigint;
    r_pages bigint; r_usd double precision; r_rate bigint; ok boolean;
    f_spent_pages bigint; f_spent_usd double precision; h_pages bigint; h_usd double precision; h_flight bigint;
    d_requests double precision; d_pages double precision; place integer;
BEGIN
    IF jsonb_array_length(settled) > 0 THEN
        UPDATE ocr_async.processes AS p SET settled = sequence WHERE p.id = me AND p.settled < sequence;
        fresh := FOUND OR NOT EXISTS (SELECT FROM ocr_async.processes AS p WHERE p.id = me);
    END IF;
    IF held IS NOT NULL THEN
        DELETE FROM ocr_async.holds AS h WHERE h.process = me;
        INSERT INTO ocr_async.holds (key_id, process, pages, usd, in_flight)
            SELECT x.key, me, x.pages, x.usd, x.in_flight FROM jsonb_to_recordset(held)
            AS x (key text, pages bigint, usd double precision, in_flight bigint);
    END IF;
    FOR one IN
        SELECT DISTINCT x.key COLLATE "C" AS id FROM (
            SELECT s ->> 'key' AS key FROM jsonb_array_elements(settled) AS s
            UNION ALL SELECT a ->> 'key' FROM jsonb_array_elements(asked) AS a
        ) AS x ORDER BY id
    LOOP
        SELECT r.id, r.revoked, r.facts ->> 'budget_period' AS period,
               (r.facts ->> 'rpm')::bigint AS rpm, (r.facts ->> 'pages_per_minute')::bigint AS ppm,
               (r.facts ->> 'max_concurrency')::bigint AS most, (r.facts ->> 'budget_pages')::bigint AS budget_pages,
               (r.facts ->> 'budget_usd')::double precision AS budget_usd
            INTO k FROM ocr_async.keys AS r WHERE r.id = one.id;
        IF k.id IS NULL THEN  -- the master key, or one that never was
            IF fresh THEN
                PERFORM ocr_async.add_spend(one.id, settled);
            END IF;
            RETURN QUERY SELECT x.n, false, false, 0::bigint, 0::double precision, 0::bigint, 0::bigint, 0::bigint,
                0::double precision, 0::bigint, 0::double precision, 0::bigint, 0::double precision, 0::double precision
                FROM jsonb_to_recordset(asked) AS x (n bigint, key text) WHERE x.key = one.id;
            CONTINUE;
        END IF;

        -- the row of the key, in its present period
        INSERT INTO ocr_async.usage (key_id, period, since, spent_pages, spent_usd) VALUES (one.id, 'new', '', 0, 0)
            ON CONFLICT DO NOTHING;
        SELECT * INTO u FROM ocr_async.usage AS w WHERE w.key_id = one.id FOR UPDATE;
        instant := extract(epoch FROM clock_timestamp());
        second_now := floor(instant);
        first_day := CASE WHEN k.period IS NULL THEN '' ELSE
            to_char(date_trunc(k.period, clock_timestamp() AT TIME ZONE 'UTC'), 'YYYY-MM-DD') END;
        IF u.period IS DISTINCT FROM k.period OR first_day > u.since THEN
            u.period := k.period;
            u.since := first_day;
            SELECT coalesce(sum(s.pages), 0), coalesce(sum(s.usd), 0) INTO u.spent_pages, u.spent_usd
                FROM ocr_async.spend AS s WHERE s.key_id = one.id AND s.day >= first_day;
        END IF;
        SELECT coalesce(array_agg(s ORDER BY s), '{}'), coalesce(array_agg(c ORDER BY s), '{}')
            INTO u.request_seconds, u.request_counts
            FROM unnest(u.request_seconds, u.request_counts) AS t (s, c) WHERE s > second_now - 61;
        SELECT coalesce(array_agg(s ORDER BY s), '{}'), coalesce(array_agg(c ORDER BY s), '{}')
            INTO u.page_seconds, u.page_counts
            FROM unnest(u.page_seconds, u.page_counts) AS t (s, c) WHERE s > second_now - 61;
        own_pages := 0; own_usd := 0; own_flight := 0;

        -- what requests came to
        IF fresh THEN
            PERFORM ocr_async.add_spend(one.id, settled);
            FOR ask IN
                SELECT * FROM jsonb_to_recordset(settled) AS x (
                    key text, day text, requests bigint, pages bigint, usd double precision, held_pages bigint,
                    held_usd double precision, held bigint, second bigint, rate bigint
                ) WHERE x.key = one.id
            LOOP
                IF ask.day >= u.since THEN
                    u.spent_pages := u.spent_pages + ask.pages;
                    u.spent_usd := u.spent_usd + ask.usd;
                END IF;
                place := array_position(u.page_seconds, ask.second);
                IF place IS NOT NULL AND ask.rate > 0 THEN
                    u.page_counts[place] := u.page_counts[place] + ask.pages - ask.rate;
                END IF;
                IF held IS NULL THEN
                    own_pages := own_pages - ask.held_pages;
                    own_usd := own_usd - ask.held_usd;
                    own_flight := own_flight - ask.held;
                END IF;
            END LOOP;
        END IF;

        SELECT coalesce(sum(h.pages), 0) + own_pages, coalesce(sum(h.usd), 0) + own_usd,
               coalesce(sum(h.in_flight), 0) + own_flight INTO h_pages, h_usd, h_flight
            FROM ocr_async.holds AS h WHERE h.key_id = one.id AND (h.process = me OR ocr_async.lives(h.process));

        -- new requests
        FOR ask IN
            SELECT * FROM jsonb_to_recordset(asked) AS x (
                n bigint, key text, pages bigint, most bigint, price double precision, counted boolean
            ) WHERE x.key = one.id ORDER BY x.n
        LOOP
            IF h_flight <= 0 THEN
                h_usd := 0;  -- no rounding error survives an idle moment
            END IF;
            least_pages := coalesce(ask.pages, 1);
            d_requests := CASE WHEN k.rpm IS NULL THEN 0
                ELSE ocr_async.delay(u.request_seconds, u.request_counts, k.rpm, 1, instant) END;
            d_pages := CASE WHEN k.ppm IS NULL THEN 0
                ELSE ocr_async.delay(u.page_seconds, u.page_counts, k.ppm, least_pages, instant) END;
            f_spent_pages := u.spent_pages; f_spent_usd := u.spent_usd;
            ok := k.revoked IS NULL
                AND (k.budget_pages IS NULL OR u.spent_pages + h_pages + least_pages <= k.budget_pages)
                AND (k.budget_usd IS NULL OR coalesce(ask.price = 0, false) OR
                     u.spent_usd + h_usd + greatest(coalesce(ask.price, 0) * least_pages, 2 * cent)
                     <= k.budget_usd + cent)
                AND (k.most IS NULL OR h_flight < k.most)
                AND d_requests = 0 AND d_pages = 0;
            IF NOT ok THEN
                RETURN QUERY SELECT ask.n, k.revoked IS NULL, false, 0::bigint, 0::double precision, 0::bigint,
                    0::bigint, f_spent_pages, f_spent_usd, h_pages, h_usd, h_flight, d_requests, d_pages;
                CONTINUE;
            END IF;
            r_pages := 0; r_usd := 0; r_rate := 0;
            IF NOT ask.counted THEN
                money_left := CASE WHEN k.budget_usd IS NOT NULL  -- NULL is ignored by greatest
                    THEN greatest(k.budget_usd - u.spent_usd - h_usd, 0) END;
                r_pages := ask.pages;
                IF r_pages IS NULL THEN
                    room := ask.most;
                    IF k.budget_pages IS NOT NULL THEN
                        room := least(room, k.budget_pages - u.spent_pages - h_pages);
                    END IF;
                    IF ask.price > 0 AND money_left IS NOT NULL THEN
                        room := least(room, money_left / ask.price + cent);
                    END IF;
                    r_pages := greatest(1, floor(room));
                END IF;
                r_usd := CASE WHEN k.budget_usd IS NULL THEN 0 WHEN ask.price IS NULL THEN money_left
                    ELSE r_pages * ask.price END;
                r_rate := r_pages;
                IF ask.pages IS NULL AND k.ppm IS NOT NULL THEN
                    used_pages := coalesce((SELECT sum(c) FROM unnest(u.page_counts) AS c), 0);
                    r_rate := greatest(1, least(ask.most, k.ppm - used_pages));
                END IF;
                IF k.rpm IS NOT NULL THEN
                    place := array_position(u.request_seconds, second_now);
                    IF place IS NULL THEN
                        u.request_seconds := u.request_seconds || second_now;
                        u.request_counts := u.request_counts || 1::bigint;
                    ELSE
                        u.request_counts[place] := u.request_counts[place] + 1;
                    END IF;
                END IF;
                IF k.ppm IS NOT NULL THEN
                    place := array_position(u.page_seconds, second_now);
                    IF place IS NULL THEN
                        u.page_seconds := u.page_seconds || second_now;
                        u.page_counts := u.page_counts || r_rate;
                    ELSE
                        u.page_counts[place] := u.page_counts[place] + r_rate;
                    END IF;
                ELSE
                    r_rate := 0;
                END IF;
            END IF;
            h_pages := h_pages + r_pages; h_usd := h_usd + r_usd; h_flight := h_flight + 1;
            own_pages := own_pages + r_pages; own_usd := own_usd + r_usd; own_flight := own_flight + 1;
            RETURN QUERY SELECT ask.n, true, true, r_pages, r_usd, second_now, r_rate, f_spent_pages, f_spent_usd,
                h_pages, h_usd, h_flight, 0::double precision, 0::double precision;
        END LOOP;

        UPDATE ocr_async.usage AS w SET period = u.period, since = u.since, spent_pages = u.spent_pages,
            spent_usd = u.spent_usd, request_seconds = u.request_seconds, request_counts = u.request_counts,
            page_seconds = u.page_seconds, page_counts = u.page_counts WHERE w.key_id = one.id;
        IF own_pages <> 0 OR own_usd <> 0 OR own_flight <> 0 THEN
            INSERT INTO ocr_async.holds AS h (key_id, process, pages, usd, in_flight)
                VALUES (one.id, me, own_pages, own_usd, own_flight)
                ON CONFLICT (key_id, process) DO UPDATE SET
                    pages = h.pages + excluded.pages,
                    usd = CASE WHEN h.in_flight + excluded.in_flight = 0 THEN 0 ELSE h.usd + excluded.usd END,
                    in_flight = h.in_flight + excluded.in_flight;
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION ocr_async.add_spend(of_key text, settled jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ocr_async.spend AS s (key_id, alias, model, day, requests, pages, usd)
        SELECT x.key, max(x.alias), x.model, x.day, sum(x.requests), sum(x.pages), sum(x.usd)
        FROM jsonb_to_recordset(settled) AS x (
            key text, alias text, model text, day text, requests bigint, pages bigint, usd double precision
        ) WHERE x.key = of_key AND x.requests > 0 GROUP BY x.key, x.model, x.day ORDER BY x.model, x.day
    ON CONFLICT (key_id, model, day) DO UPDATE SET requests = s.requests + excluded.requests,
        pages = s.pages + excluded.pages, usd = s.usd + excluded.usd
$$;
