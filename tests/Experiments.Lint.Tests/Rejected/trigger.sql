-- expects: trigger at 4:1
-- as: migrations/0002_create_trigger.sql
/* Counts plays. */
CREATE TRIGGER marts.count_plays ON marts.plays AFTER INSERT
AS
PRINT 'played';
GO
