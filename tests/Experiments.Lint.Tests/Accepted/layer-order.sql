-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT s.play_id, x.experiment_id
FROM staging.stg_plays AS s
INNER JOIN catalog.experiments AS x
    ON x.experiment_id = s.experiment_id;
GO
