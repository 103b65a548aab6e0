/*
catalog: one row an experiment, metric and further covariate: beside its own covariate the metric is adjusted for that
of covariate_metric_id, another metric of the experiment with a look-back. At most four covariates in all.
*/
IF OBJECT_ID('catalog.experiment_metric_covariates') IS NULL
    CREATE TABLE catalog.experiment_metric_covariates
    (
        experiment_id varchar(128) NOT NULL,
        metric_id varchar(128) NOT NULL,
        covariate_metric_id varchar(128) NOT NULL,
        CONSTRAINT pk_experiment_metric_covariates PRIMARY KEY (experiment_id, metric_id, covariate_metric_id)
    );
GO

/*
One row an experiment, mode, metric with further covariates, variation and weight epoch: the sums of y and of its
covariates x1 to x4 (marts.regression_parts numbers them) and the upper triangle of their products, centred at constants
near the means. Where there are fewer than four, the sums of those that are not are 0.
*/
IF OBJECT_ID('marts.agg_experiment_metric_covariates') IS NULL
    CREATE TABLE marts.agg_experiment_metric_covariates
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        covariate_count int NOT NULL,
        n_units bigint NOT NULL,
        missing_count bigint NOT NULL,
        center_y float NOT NULL,
        center_1 float NOT NULL,
        center_2 float NOT NULL,
        center_3 float NOT NULL,
        center_4 float NOT NULL,
        sum_y float NOT NULL,
        sum_1 float NOT NULL,
        sum_2 float NOT NULL,
        sum_3 float NOT NULL,
        sum_4 float NOT NULL,
        sum_yy float NOT NULL,
        sum_y1 float NOT NULL,
        sum_y2 float NOT NULL,
        sum_y3 float NOT NULL,
        sum_y4 float NOT NULL,
        sum_11 float NOT NULL,
        sum_12 float NOT NULL,
        sum_13 float NOT NULL,
        sum_14 float NOT NULL,
        sum_22 float NOT NULL,
        sum_23 float NOT NULL,
        sum_24 float NOT NULL,
        sum_33 float NOT NULL,
        sum_34 float NOT NULL,
        sum_44 float NOT NULL,
        watermark_at datetime2(6) NULL,
        refreshed_at datetime2(6) NOT NULL,
        CONSTRAINT pk_agg_experiment_metric_covariates PRIMARY KEY
            (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch)
    );
GO

/*
The rows of marts.agg_experiment_metric_covariates that a run used, and the sum of the second pass over the units
(c^2 e^2/(1 - h), MacKinnon and White's HC2), NULL where it could not be taken.
*/
IF OBJECT_ID('results.run_covariates') IS NULL
    CREATE TABLE results.run_covariates
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        covariate_count int NOT NULL,
        n_units bigint NOT NULL,
        missing_count bigint NOT NULL,
        center_y float NOT NULL,
        center_1 float NOT NULL,
        center_2 float NOT NULL,
        center_3 float NOT NULL,
        center_4 float NOT NULL,
        sum_y float NOT NULL,
        sum_1 float NOT NULL,
        sum_2 float NOT NULL,
        sum_3 float NOT NULL,
        sum_4 float NOT NULL,
        sum_yy float NOT NULL,
        sum_y1 float NOT NULL,
        sum_y2 float NOT NULL,
        sum_y3 float NOT NULL,
        sum_y4 float NOT NULL,
        sum_11 float NOT NULL,
        sum_12 float NOT NULL,
        sum_13 float NOT NULL,
        sum_14 float NOT NULL,
        sum_22 float NOT NULL,
        sum_23 float NOT NULL,
        sum_24 float NOT NULL,
        sum_33 float NOT NULL,
        sum_34 float NOT NULL,
        sum_44 float NOT NULL,
        hc2_sum float NULL,
        CONSTRAINT pk_run_covariates PRIMARY KEY (run_id, metric_id, variation_id, weight_epoch)
    );
GO
