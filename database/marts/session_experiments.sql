/*
One row a session and experiment of its user: the variation, and the part of the experiment's time in which the session
began ('before', 'during', 'after'; before the experiment's start, from its end on).
*/
CREATE OR ALTER VIEW marts.session_experiments
AS
SELECT
    s.user_id,
    s.session_number,
    a.experiment_id,
    a.variation_id,
    CASE
        WHEN s.started_at < x.start_at THEN 'before'
        WHEN s.started_at >= x.end_at THEN 'after'
        ELSE 'during'
    END AS experiment_period,
    s.track_count,
    s.unique_artist_count,
    s.skip_count,
    s.minutes,
    s.skip_rate,
    s.started_at
FROM marts.dim_sessions AS s
INNER JOIN staging.stg_experiment_assignments AS a
    ON a.unit_id = s.user_id
INNER JOIN catalog.experiments AS x
    ON x.experiment_id = a.experiment_id;
GO
