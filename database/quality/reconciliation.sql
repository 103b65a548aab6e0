/*
One row a finished load: what became of its lines. line_count = landed + rejected, and landed = staged + duplicates +
quarantined once the load is staged; is_balanced says that both hold. raw_count is counted in raw itself.
*/
CREATE OR ALTER VIEW quality.reconciliation
AS
WITH landed AS
(
    SELECT a.load_id, COUNT_BIG(*) AS row_count FROM raw.assignments AS a GROUP BY a.load_id
    UNION ALL
    SELECT e.load_id, COUNT_BIG(*) AS row_count FROM raw.events AS e GROUP BY e.load_id
    UNION ALL
    SELECT b.load_id, COUNT_BIG(*) AS row_count FROM raw.scrobbles AS b GROUP BY b.load_id
    UNION ALL
    SELECT u.load_id, COUNT_BIG(*) AS row_count FROM raw.scrobble_users AS u GROUP BY u.load_id
    UNION ALL
    SELECT c.load_id, COUNT_BIG(*) AS row_count FROM raw.commerce_events AS c GROUP BY c.load_id
    UNION ALL
    SELECT p.load_id, COUNT_BIG(*) AS row_count FROM raw.podcast_events AS p GROUP BY p.load_id
    UNION ALL
    SELECT v.load_id, COUNT_BIG(*) AS row_count FROM raw.podcast_users AS v GROUP BY v.load_id
    UNION ALL
    SELECT o.load_id, COUNT_BIG(*) AS row_count FROM raw.podcast_episodes AS o GROUP BY o.load_id
    UNION ALL
    SELECT a.load_id, COUNT_BIG(*) AS row_count FROM raw.unit_attributes AS a GROUP BY a.load_id
),
staged AS
(
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.stg_experiment_assignments AS s GROUP BY s.load_id
    UNION ALL
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.stg_experiment_exposures AS s GROUP BY s.load_id
    UNION ALL
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.stg_conversion_events AS s GROUP BY s.load_id
    UNION ALL
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.scrobble_plays AS s GROUP BY s.load_id
    UNION ALL
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.stg_scrobble_users AS s GROUP BY s.load_id
    UNION ALL
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.stg_commerce_events AS s GROUP BY s.load_id
    UNION ALL
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.cleansed_podcast_events AS s GROUP BY s.load_id
    UNION ALL
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.stg_podcast_users AS s GROUP BY s.load_id
    UNION ALL
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.stg_podcast_episodes AS s GROUP BY s.load_id
    UNION ALL
    SELECT s.load_id, COUNT_BIG(*) AS row_count FROM staging.stg_unit_attributes AS s GROUP BY s.load_id
),
staged_totals AS
(
    SELECT s.load_id, SUM(s.row_count) AS row_count FROM staged AS s GROUP BY s.load_id
),
lost AS
(
    SELECT d.load_id, COUNT_BIG(*) AS row_count FROM staging.duplicates AS d GROUP BY d.load_id
),
failed AS
(
    SELECT q.load_id, COUNT_BIG(*) AS row_count FROM staging.quarantine AS q GROUP BY q.load_id
),
rejected AS
(
    SELECT r.load_id, COUNT_BIG(*) AS row_count FROM raw.rejected_lines AS r GROUP BY r.load_id
),
counted AS
(
    SELECT
        l.load_id,
        l.source,
        l.file_name,
        l.line_count,
        l.landed_count,
        l.staged_at,
        COALESCE(j.row_count, 0) AS rejected_count,
        COALESCE(r.row_count, 0) AS raw_count,
        COALESCE(s.row_count, 0) AS staged_count,
        COALESCE(d.row_count, 0) AS duplicate_count,
        COALESCE(q.row_count, 0) AS quarantined_count
    FROM ops.load_log AS l
    LEFT JOIN landed AS r
        ON r.load_id = l.load_id
    LEFT JOIN staged_totals AS s
        ON s.load_id = l.load_id
    LEFT JOIN lost AS d
        ON d.load_id = l.load_id
    LEFT JOIN failed AS q
        ON q.load_id = l.load_id
    LEFT JOIN rejected AS j
        ON j.load_id = l.load_id
    WHERE l.status = 'finished'
)
SELECT
    c.load_id,
    c.source,
    c.file_name,
    c.line_count,
    c.landed_count,
    c.rejected_count,
    c.raw_count,
    c.staged_count,
    c.duplicate_count,
    c.quarantined_count,
    c.raw_count - c.staged_count - c.duplicate_count - c.quarantined_count AS difference,
    CASE
        WHEN c.line_count = c.landed_count + c.rejected_count
            AND c.raw_count = c.landed_count
            AND (c.staged_at IS NULL OR c.raw_count = c.staged_count + c.duplicate_count + c.quarantined_count)
            THEN 1
        ELSE 0
    END AS is_balanced,
    c.staged_at
FROM counted AS c;
GO
