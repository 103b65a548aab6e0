/*
One row a day and currency of marts.fct_daily_revenue, with the rate of that day (catalog.currency_rates, the latest
one from then or before) and the amounts in the currency whose rate is 1; NULL where there is no rate.
*/
CREATE OR ALTER VIEW marts.daily_revenue_converted
AS
SELECT
    v.revenue_date,
    v.currency,
    v.gross,
    v.refunds,
    v.net,
    r.rate,
    CAST(v.gross AS float) * CAST(r.rate AS float) AS converted_gross,
    CAST(v.refunds AS float) * CAST(r.rate AS float) AS converted_refunds,
    CAST(v.net AS float) * CAST(r.rate AS float) AS converted_net
FROM marts.fct_daily_revenue AS v
OUTER APPLY
(
    SELECT TOP (1)
        c.rate
    FROM catalog.currency_rates AS c
    WHERE c.currency = v.currency AND c.valid_from <= v.revenue_date
    ORDER BY c.valid_from DESC
) AS r;
GO
