-- as: database/marts/sparse_plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.sparse_plays
AS
SELECT s.play_id FROM staging.stg_plays AS s;
GO
