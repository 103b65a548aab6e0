-- as: migrations/0001_create_plays.sql
/* One row a play. */
DROP VIEW IF EXISTS marts.plays_view;
GO
