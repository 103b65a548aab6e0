/*
One row a metric version with filters: filter_metric_id names the first version that has the same ones, so that what
passes them is found once for all. filter_text is the filters in words that tell any two apart.
*/
CREATE OR ALTER VIEW catalog.filter_owners
AS
WITH signed AS
(
    SELECT
        f.metric_id,
        f.metric_version,
        STRING_AGG
        (
            CAST
            (
                CONCAT
                (
                    f.filter_number, ' ', f.attribute, ' ', f.operator, ' ', f.text_value, ' ', f.low_value, ' ',
                    f.high_value
                ) AS varchar(1000)
            ), ';'
        ) WITHIN GROUP (ORDER BY f.filter_number, f.value_number) AS filter_text
    FROM catalog.metric_filters AS f
    GROUP BY f.metric_id, f.metric_version
),
named AS
(
    SELECT
        s.metric_id,
        s.metric_version,
        s.filter_text,
        ROW_NUMBER() OVER (PARTITION BY s.filter_text ORDER BY s.metric_id, s.metric_version) AS place
    FROM signed AS s
)
SELECT
    n.metric_id,
    n.metric_version,
    o.metric_id AS filter_metric_id,
    o.metric_version AS filter_metric_version,
    n.filter_text
FROM named AS n
INNER JOIN named AS o
    ON o.filter_text = n.filter_text
WHERE o.place = 1;
GO
