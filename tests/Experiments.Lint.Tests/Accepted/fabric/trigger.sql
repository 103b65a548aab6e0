-- as: migrations/0002_create_trigger.sql
-- engines: sqlserver
/* A script for servers alone is outside the profile. */
CREATE TRIGGER marts.count_plays ON marts.plays AFTER INSERT
AS
PRINT 'played';
GO
