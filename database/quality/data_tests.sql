/*
One row a data test: its severity ('error' or 'warning'), the object it is of, and how many rows break it; a test that
none breaks is listed too. One view an area, each added here in one line and its rows in quality.data_test_rows.
*/
CREATE OR ALTER VIEW quality.data_tests
AS
SELECT a.test_name, a.severity, a.object_name, a.offending_rows, a.description FROM quality.data_tests_staging AS a
UNION ALL
SELECT a.test_name, a.severity, a.object_name, a.offending_rows, a.description FROM quality.data_tests_marts AS a
UNION ALL
SELECT a.test_name, a.severity, a.object_name, a.offending_rows, a.description FROM quality.data_tests_catalog AS a
UNION ALL
SELECT a.test_name, a.severity, a.object_name, a.offending_rows, a.description FROM quality.data_tests_results AS a
UNION ALL
SELECT a.test_name, a.severity, a.object_name, a.offending_rows, a.description FROM quality.data_tests_scrobbles AS a
UNION ALL
SELECT a.test_name, a.severity, a.object_name, a.offending_rows, a.description
FROM quality.data_tests_commerce_events AS a
UNION ALL
SELECT a.test_name, a.severity, a.object_name, a.offending_rows, a.description
FROM quality.data_tests_podcast_events AS a;
GO
