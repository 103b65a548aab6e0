/*
catalog: the numbers that the views of exposures, days without events and loads judge by.
*/
INSERT INTO catalog.quality_thresholds (threshold_id, threshold_value, description)
SELECT
    seed.threshold_id,
    seed.threshold_value,
    seed.description
FROM
(
    VALUES
        ('anomaly_zero_expected', 7e0, 'No events on a day on which at least this many were expected: an anomaly.'),
        ('exposure_units_min', 100e0, 'Fewest units of a variation whose exposure rate is judged.'),
        ('quarantine_rate_max', 0.05e0, 'A load that sends a larger share of its rows to quarantine is suspect.')
) AS seed (threshold_id, threshold_value, description)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.quality_thresholds AS q
    WHERE q.threshold_id = seed.threshold_id
);
GO
