-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT CASE WHEN s.first_count > s.second_count THEN s.first_count ELSE s.second_count END AS top_count,
    LTRIM(s.artist_name) AS artist_label
FROM staging.stg_plays AS s;
GO
