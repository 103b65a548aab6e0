/*
One row an experiment, mode, metric, dimension and treatment of the latest finished run: Cochran's Q over the values
of the dimension (p_value_adjusted by Holm over the dimensions of a metric), I squared, and the effect stratified by
the dimension; mix_shift says where the effect over all units tells another story (sign_reversed,
significance_changed).
*/
CREATE OR ALTER VIEW results.experiment_heterogeneity
AS
SELECT
    s.run_id,
    l.experiment_id,
    l.analysis_mode,
    s.metric_id,
    s.dimension_id,
    s.variation_id,
    s.value_count,
    s.q_statistic,
    s.degrees_of_freedom,
    s.p_value,
    s.p_value_adjusted,
    s.i_squared,
    s.pooled_uplift_abs,
    s.stratified_uplift_abs,
    s.stratified_p_value,
    s.stratified_ci_lower,
    s.stratified_ci_upper,
    s.mix_shift,
    s.reason_code
FROM results.heterogeneity_rows AS s
INNER JOIN results.latest_runs AS l
    ON l.run_id = s.run_id;
GO
