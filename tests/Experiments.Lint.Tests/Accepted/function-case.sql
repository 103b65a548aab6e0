-- as: database/marts/plays.sql
/* One row a play. */
CREATE OR ALTER VIEW marts.plays
AS
SELECT UPPER(s.artist_name) AS artist_label, v.parsed_value
FROM staging.stg_plays AS s
CROSS APPLY staging.parse_number(s.skip_text) AS v;
GO
