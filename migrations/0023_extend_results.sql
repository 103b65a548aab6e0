/*
results: what an analysis writes beside the plain comparison: families, margins, the unadjusted and the uncapped effect,
posteriors and the always-valid bounds of a sequential plan; the same rows by the value of a dimension and by day; what
was found beyond the effects; the looks of a plan; and the sufficient statistics of each run, so that it can be computed
again when the raw data is gone.
*/
IF COL_LENGTH('results.result_rows', 'options') IS NULL
    ALTER TABLE results.result_rows ADD
        options varchar(1000) NULL,
        family_name varchar(200) NULL,
        family_interval varchar(32) NULL,
        is_simultaneous bit NULL,
        family_ci_lower float NULL,
        family_ci_upper float NULL,
        family_ci_rel_lower float NULL,
        family_ci_rel_upper float NULL,
        margin float NULL,
        margin_kind varchar(16) NULL,
        noninferiority_p float NULL,
        noninferiority_bound float NULL,
        is_noninferior bit NULL,
        is_worse bit NULL,
        superiority_p float NULL,
        is_superior bit NULL,
        equivalence_p float NULL,
        is_equivalent bit NULL,
        unadjusted_uplift_abs float NULL,
        unadjusted_uplift_rel float NULL,
        unadjusted_std_error float NULL,
        unadjusted_p_value float NULL,
        unadjusted_ci_lower float NULL,
        unadjusted_ci_upper float NULL,
        theta float NULL,
        missing_covariate_rate float NULL,
        covariate_imbalance float NULL,
        covariate_imbalance_p float NULL,
        variance_reduction float NULL,
        capped_count bigint NULL,
        cap_lower float NULL,
        cap_upper float NULL,
        uncapped_mean float NULL,
        uncapped_uplift_abs float NULL,
        uncapped_std_error float NULL,
        uncapped_p_value float NULL,
        uncapped_ci_lower float NULL,
        uncapped_ci_upper float NULL,
        prior varchar(200) NULL,
        chance_to_beat_control float NULL,
        expected_loss float NULL,
        credible_lower float NULL,
        credible_upper float NULL,
        chance_above_threshold float NULL,
        superiority_share float NULL,
        look_number int NULL,
        always_valid_p float NULL,
        always_valid_p_adjusted float NULL,
        always_valid_lower float NULL,
        always_valid_upper float NULL,
        always_valid_rel_lower float NULL,
        always_valid_rel_upper float NULL,
        sequential_reason varchar(64) NULL;
GO

IF COL_LENGTH('results.srm_rows', 'sequential_p_value') IS NULL
    ALTER TABLE results.srm_rows ADD
        sequential_p_value float NULL,
        units_without_weight bigint NULL,
        reason_code varchar(64) NULL;
GO

/* As result_rows, by the value of a dimension. */
IF OBJECT_ID('results.result_rows_by_dimension') IS NULL
    CREATE TABLE results.result_rows_by_dimension
    (
        run_id bigint NOT NULL,
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        dimension_id varchar(64) NOT NULL,
        dimension_value varchar(400) NOT NULL,
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
        options varchar(1000) NULL,
        family_name varchar(200) NULL,
        family_interval varchar(32) NULL,
        is_simultaneous bit NULL,
        family_ci_lower float NULL,
        family_ci_upper float NULL,
        family_ci_rel_lower float NULL,
        family_ci_rel_upper float NULL,
        margin float NULL,
        margin_kind varchar(16) NULL,
        noninferiority_p float NULL,
        noninferiority_bound float NULL,
        is_noninferior bit NULL,
        is_worse bit NULL,
        superiority_p float NULL,
        is_superior bit NULL,
        equivalence_p float NULL,
        is_equivalent bit NULL,
        unadjusted_uplift_abs float NULL,
        unadjusted_uplift_rel float NULL,
        unadjusted_std_error float NULL,
        unadjusted_p_value float NULL,
        unadjusted_ci_lower float NULL,
        unadjusted_ci_upper float NULL,
        theta float NULL,
        missing_covariate_rate float NULL,
        covariate_imbalance float NULL,
        covariate_imbalance_p float NULL,
        variance_reduction float NULL,
        capped_count bigint NULL,
        cap_lower float NULL,
        cap_upper float NULL,
        uncapped_mean float NULL,
        uncapped_uplift_abs float NULL,
        uncapped_std_error float NULL,
        uncapped_p_value float NULL,
        uncapped_ci_lower float NULL,
        uncapped_ci_upper float NULL,
        prior varchar(200) NULL,
        chance_to_beat_control float NULL,
        expected_loss float NULL,
        credible_lower float NULL,
        credible_upper float NULL,
        chance_above_threshold float NULL,
        superiority_share float NULL,
        look_number int NULL,
        always_valid_p float NULL,
        always_valid_p_adjusted float NULL,
        always_valid_lower float NULL,
        always_valid_upper float NULL,
        always_valid_rel_lower float NULL,
        always_valid_rel_upper float NULL,
        sequential_reason varchar(64) NULL,
        CONSTRAINT pk_result_rows_by_dimension PRIMARY KEY
            (run_id, metric_id, dimension_id, dimension_value, variation_id)
    );
GO

/* As result_rows, of what was known at the end of each UTC day. */
IF OBJECT_ID('results.result_rows_daily') IS NULL
    CREATE TABLE results.result_rows_daily
    (
        run_id bigint NOT NULL,
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        metric_date date NOT NULL,
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
        options varchar(1000) NULL,
        family_name varchar(200) NULL,
        family_interval varchar(32) NULL,
        is_simultaneous bit NULL,
        family_ci_lower float NULL,
        family_ci_upper float NULL,
        family_ci_rel_lower float NULL,
        family_ci_rel_upper float NULL,
        margin float NULL,
        margin_kind varchar(16) NULL,
        noninferiority_p float NULL,
        noninferiority_bound float NULL,
        is_noninferior bit NULL,
        is_worse bit NULL,
        superiority_p float NULL,
        is_superior bit NULL,
        equivalence_p float NULL,
        is_equivalent bit NULL,
        unadjusted_uplift_abs float NULL,
        unadjusted_uplift_rel float NULL,
        unadjusted_std_error float NULL,
        unadjusted_p_value float NULL,
        unadjusted_ci_lower float NULL,
        unadjusted_ci_upper float NULL,
        theta float NULL,
        missing_covariate_rate float NULL,
        covariate_imbalance float NULL,
        covariate_imbalance_p float NULL,
        variance_reduction float NULL,
        capped_count bigint NULL,
        cap_lower float NULL,
        cap_upper float NULL,
        uncapped_mean float NULL,
        uncapped_uplift_abs float NULL,
        uncapped_std_error float NULL,
        uncapped_p_value float NULL,
        uncapped_ci_lower float NULL,
        uncapped_ci_upper float NULL,
        prior varchar(200) NULL,
        chance_to_beat_control float NULL,
        expected_loss float NULL,
        credible_lower float NULL,
        credible_upper float NULL,
        chance_above_threshold float NULL,
        superiority_share float NULL,
        look_number int NULL,
        always_valid_p float NULL,
        always_valid_p_adjusted float NULL,
        always_valid_lower float NULL,
        always_valid_upper float NULL,
        always_valid_rel_lower float NULL,
        always_valid_rel_upper float NULL,
        sequential_reason varchar(64) NULL,
        CONSTRAINT pk_result_rows_daily PRIMARY KEY (run_id, metric_id, metric_date, variation_id)
    );
GO

/*
One row a run, metric, dimension and treatment: whether the effect differs between the values (Cochran's Q), and whether
the effect over all units and the one stratified by the dimension disagree (mix_shift, else NULL).
*/
IF OBJECT_ID('results.heterogeneity_rows') IS NULL
    CREATE TABLE results.heterogeneity_rows
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        dimension_id varchar(64) NOT NULL,
        variation_id varchar(128) NOT NULL,
        value_count int NOT NULL,
        q_statistic float NULL,
        degrees_of_freedom int NULL,
        p_value float NULL,
        p_value_adjusted float NULL,
        i_squared float NULL,
        pooled_uplift_abs float NULL,
        stratified_uplift_abs float NULL,
        stratified_p_value float NULL,
        stratified_ci_lower float NULL,
        stratified_ci_upper float NULL,
        mix_shift varchar(64) NULL,
        reason_code varchar(64) NULL,
        CONSTRAINT pk_heterogeneity_rows PRIMARY KEY (run_id, metric_id, dimension_id, variation_id)
    );
GO

/* One row a run, check beyond the gates, metric ('' for none) and treatment ('' for none). */
IF OBJECT_ID('results.check_rows') IS NULL
    CREATE TABLE results.check_rows
    (
        run_id bigint NOT NULL,
        check_name varchar(64) NOT NULL,
        metric_id varchar(128) NOT NULL,
        variation_id varchar(128) NOT NULL,
        threshold float NULL,
        observed float NULL,
        p_value float NULL,
        is_flagged bit NULL,
        reason_code varchar(64) NULL,
        detail varchar(1000) NOT NULL,
        CONSTRAINT pk_check_rows PRIMARY KEY (run_id, check_name, metric_id, variation_id)
    );
GO

/*
One row an experiment, mode and look of its sequential plan, recorded before it is computed and never changed: its sums
are those of the run that recorded it (results.run_aggregates and its sisters).
*/
IF OBJECT_ID('results.looks') IS NULL
    CREATE TABLE results.looks
    (
        experiment_id varchar(128) NOT NULL,
        analysis_mode varchar(16) NOT NULL,
        look_number int NOT NULL,
        run_id bigint NOT NULL,
        plan_id varchar(128) NOT NULL,
        plan_version int NOT NULL,
        planned_units bigint NOT NULL,
        n_units bigint NOT NULL,
        data_watermark datetime2(6) NOT NULL,
        recorded_at datetime2(6) NOT NULL,
        CONSTRAINT pk_looks PRIMARY KEY (experiment_id, analysis_mode, look_number)
    );
GO

/*
One row a run, look, metric and treatment: the bound and the interval of the look, and what was published after it.
*/
IF OBJECT_ID('results.look_rows') IS NULL
    CREATE TABLE results.look_rows
    (
        run_id bigint NOT NULL,
        look_number int NOT NULL,
        metric_id varchar(128) NOT NULL,
        variation_id varchar(128) NOT NULL,
        data_watermark datetime2(6) NOT NULL,
        n_units bigint NOT NULL,
        information_fraction float NULL,
        alpha_spent float NULL,
        critical_value float NULL,
        uplift_abs float NULL,
        std_error float NULL,
        p_value float NULL,
        ci_lower float NULL,
        ci_upper float NULL,
        running_p_value float NULL,
        running_lower float NULL,
        running_upper float NULL,
        futility_bound float NULL,
        is_futile bit NULL,
        reason_code varchar(64) NULL,
        CONSTRAINT pk_look_rows PRIMARY KEY (run_id, look_number, metric_id, variation_id)
    );
GO

/*
The sufficient statistics that a run used: the rows of marts.agg_experiment_metric_by_variant (slice_kind 'overall'),
_by_dimension ('dimension', slice_id and slice_value are the dimension and its value) and the cumulative days ('day',
slice_value is the date).
*/
IF OBJECT_ID('results.run_aggregates') IS NULL
    CREATE TABLE results.run_aggregates
    (
        run_id bigint NOT NULL,
        slice_kind varchar(16) NOT NULL,
        slice_id varchar(64) NOT NULL,
        slice_value varchar(400) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        n_assigned bigint NOT NULL,
        n_units bigint NOT NULL,
        success_count bigint NULL,
        center_value float NOT NULL,
        sum_centered float NOT NULL,
        sum_centered_sq float NOT NULL,
        sum_centered_cube float NOT NULL,
        capped_count bigint NULL,
        cap_lower float NULL,
        cap_upper float NULL,
        cap_reason varchar(64) NULL,
        sum_raw_centered float NULL,
        sum_raw_centered_sq float NULL,
        center_d float NULL,
        center_x float NULL,
        center_w float NULL,
        sum_d float NULL,
        sum_dd float NULL,
        sum_yd float NULL,
        sum_x float NULL,
        sum_xx float NULL,
        sum_yx float NULL,
        sum_dx float NULL,
        sum_w float NULL,
        sum_ww float NULL,
        sum_yw float NULL,
        sum_dw float NULL,
        sum_xw float NULL,
        missing_covariate_count bigint NULL,
        CONSTRAINT pk_run_aggregates PRIMARY KEY
            (run_id, slice_kind, slice_id, slice_value, metric_id, variation_id, weight_epoch)
    );
GO

/* The rows of marts.agg_experiment_metric_quantiles that a run used. */
IF OBJECT_ID('results.run_quantiles') IS NULL
    CREATE TABLE results.run_quantiles
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        quantile_fraction float NOT NULL,
        n_units bigint NOT NULL,
        observation_count bigint NOT NULL,
        quantile_value float NOT NULL,
        lower_value float NULL,
        upper_value float NULL,
        level_variance float NULL,
        CONSTRAINT pk_run_quantiles PRIMARY KEY (run_id, metric_id, variation_id)
    );
GO

/* The rows of marts.agg_experiment_metric_ranks that a run used. */
IF OBJECT_ID('results.run_ranks') IS NULL
    CREATE TABLE results.run_ranks
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        control_count bigint NOT NULL,
        treatment_count bigint NOT NULL,
        u_statistic float NOT NULL,
        tie_sum decimal(38, 0) NOT NULL,
        CONSTRAINT pk_run_ranks PRIMARY KEY (run_id, metric_id, variation_id)
    );
GO

/* The rows of marts.agg_experiment_metric_risk_sets that a run used. */
IF OBJECT_ID('results.run_risk_sets') IS NULL
    CREATE TABLE results.run_risk_sets
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        treatment_event_count bigint NOT NULL,
        expected_event_count float NOT NULL,
        event_variance float NOT NULL,
        CONSTRAINT pk_run_risk_sets PRIMARY KEY (run_id, metric_id, variation_id, weight_epoch)
    );
GO

/* Sums of the units' slopes over their tenure that a run used (Z_i; STATISTICS, novelty). */
IF OBJECT_ID('results.run_novelty') IS NULL
    CREATE TABLE results.run_novelty
    (
        run_id bigint NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        variation_id varchar(128) NOT NULL,
        n_units bigint NOT NULL,
        sum_z float NOT NULL,
        sum_zz float NOT NULL,
        CONSTRAINT pk_run_novelty PRIMARY KEY (run_id, metric_id, variation_id)
    );
GO

/* Units by filter stage, variation, weight epoch and day of assignment that a run used. */
IF OBJECT_ID('results.run_stage_counts') IS NULL
    CREATE TABLE results.run_stage_counts
    (
        run_id bigint NOT NULL,
        stage varchar(80) NOT NULL,
        variation_id varchar(128) NOT NULL,
        weight_epoch int NOT NULL,
        assignment_date date NOT NULL,
        unit_count bigint NOT NULL,
        CONSTRAINT pk_run_stage_counts PRIMARY KEY (run_id, stage, variation_id, weight_epoch, assignment_date)
    );
GO

/* The definitions and facts that a run used, as JSON in pieces. */
IF OBJECT_ID('results.run_documents') IS NULL
    CREATE TABLE results.run_documents
    (
        run_id bigint NOT NULL,
        piece_number int NOT NULL,
        document varchar(4000) NOT NULL,
        CONSTRAINT pk_run_documents PRIMARY KEY (run_id, piece_number)
    );
GO
