/* Every aggregate of one experiment's metrics, from its measures: sums, quantiles, ranks, risk sets, series, blocks. */
CREATE OR ALTER PROCEDURE marts.load_metric_aggregates
    @experiment_id varchar(128)
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
EXEC marts.load_agg_experiment_metric_by_variant @experiment_id = @experiment_id;
EXEC marts.load_agg_experiment_metric_quantiles @experiment_id = @experiment_id;
EXEC marts.load_agg_experiment_metric_ranks @experiment_id = @experiment_id;
EXEC marts.load_agg_experiment_metric_risk_sets @experiment_id = @experiment_id;
EXEC marts.load_agg_experiment_metric_daily @experiment_id = @experiment_id;
EXEC marts.load_agg_experiment_metric_tenure @experiment_id = @experiment_id;
EXEC marts.load_agg_experiment_metric_tenure_values @experiment_id = @experiment_id;
EXEC marts.load_agg_experiment_metric_covariates @experiment_id = @experiment_id;
EXEC marts.load_agg_experiment_metric_blocks @experiment_id = @experiment_id;
GO
