/*
results: what an analysis wrote, keyed by run. The public names are views over these (database/results).
*/

/* One row a run, metric and variation. */
IF OBJECT_ID('results.result_rows') IS NULL
    CREATE TABLE results.result_rows
    (
        run_id bigint NOT NULL,
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        metric_role varchar(16) NOT NULL,
        variation_id varchar(128) NOT NULL,
        is_control bit NOT NULL,
        n_assigned bigint NOT NULL,
        n_units bigint NOT NULL,
        mean_value float NULL,
        sd_value float NULL,
        uplift_abs float NULL,
        uplift_rel float NULL,
        std_error float NULL,
        p_value float NULL,
        ci_lower float NULL,
        ci_upper float NULL,
        ci_rel_lower float NULL,
        ci_rel_upper float NULL,
        effect_size float NULL,
        p_value_adjusted float NULL,
        method varchar(64) NULL,
        reason_code varchar(64) NULL,
        confidence_level float NULL,
        interval_agrees bit NULL,
        mde_rel float NULL,
        test_statistic float NULL,
        degrees_of_freedom float NULL,
        CONSTRAINT pk_result_rows PRIMARY KEY (run_id, metric_id, variation_id)
    );
GO

/* One row a run and variation that is no control: the decision. */
IF OBJECT_ID('results.summary_rows') IS NULL
    CREATE TABLE results.summary_rows
    (
        run_id bigint NOT NULL,
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        variation_id varchar(128) NOT NULL,
        primary_metric_id varchar(128) NOT NULL,
        decision varchar(16) NOT NULL,
        decision_code varchar(64) NOT NULL,
        decision_text varchar(2000) NOT NULL,
        is_best bit NOT NULL,
        uplift_rel float NULL,
        ci_rel_lower float NULL,
        ci_rel_upper float NULL,
        p_value float NULL,
        p_value_adjusted float NULL,
        remaining_units bigint NULL,
        CONSTRAINT pk_summary_rows PRIMARY KEY (run_id, variation_id),
        CONSTRAINT ck_summary_rows_decision CHECK (decision IN ('ship', 'do_not_ship', 'inconclusive', 'invalid'))
    );
GO

/* One row a run, variation and gate; passed is NULL where the gate could not be evaluated. */
IF OBJECT_ID('results.gate_rows') IS NULL
    CREATE TABLE results.gate_rows
    (
        run_id bigint NOT NULL,
        variation_id varchar(128) NOT NULL,
        gate_order int NOT NULL,
        gate_name varchar(64) NOT NULL,
        gate_kind varchar(16) NOT NULL,
        metric_id varchar(128) NULL,
        threshold float NULL,
        observed float NULL,
        passed bit NULL,
        reason_code varchar(64) NULL,
        detail varchar(1000) NOT NULL,
        CONSTRAINT pk_gate_rows PRIMARY KEY (run_id, variation_id, gate_order)
    );
GO

/* One row a run, filter stage and variation: the sample ratio test with its exact p-value. */
IF OBJECT_ID('results.srm_rows') IS NULL
    CREATE TABLE results.srm_rows
    (
        run_id bigint NOT NULL,
        stage varchar(32) NOT NULL,
        variation_id varchar(128) NOT NULL,
        observed_count bigint NOT NULL,
        expected_count float NOT NULL,
        residual float NULL,
        chi_square float NULL,
        degrees_of_freedom int NULL,
        p_value float NULL,
        CONSTRAINT pk_srm_rows PRIMARY KEY (run_id, stage, variation_id)
    );
GO
