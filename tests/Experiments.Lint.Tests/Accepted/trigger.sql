-- as: migrations/0001_create_plays.sql
/* One row a play. */
DROP TRIGGER IF EXISTS marts.count_plays;
GO
