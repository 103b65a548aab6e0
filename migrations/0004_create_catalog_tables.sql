/*
catalog: definitions as rows. A definition is never edited in place: a change is a new version, and each result keeps
the version it used. What is wrong with the rows is said by the view catalog.problems, not by constraints, so that all
of it can be said at once.
*/
IF OBJECT_ID('catalog.metric_definitions') IS NULL
    CREATE TABLE catalog.metric_definitions
    (
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        metric_type varchar(16) NOT NULL,
        event_name varchar(128) NOT NULL,
        aggregation varchar(16) NOT NULL,
        threshold float NULL,
        window_start_hours float NOT NULL,
        window_end_hours float NULL,
        maturity varchar(16) NOT NULL,
        direction varchar(8) NOT NULL,
        unit_label varchar(32) NULL,
        owner varchar(128) NULL,
        description varchar(1000) NULL,
        valid_from datetime2(6) NOT NULL,
        CONSTRAINT pk_metric_definitions PRIMARY KEY (metric_id, metric_version)
    );
GO

IF OBJECT_ID('catalog.decision_policies') IS NULL
    CREATE TABLE catalog.decision_policies
    (
        policy_id varchar(128) NOT NULL,
        policy_version int NOT NULL,
        min_relative_lift float NOT NULL,
        alpha float NOT NULL,
        guardrail_margin float NOT NULL,
        guardrail_alpha float NOT NULL,
        guardrail_power float NOT NULL,
        srm_alpha float NOT NULL,
        correction varchar(16) NOT NULL,
        description varchar(1000) NULL,
        CONSTRAINT pk_decision_policies PRIMARY KEY (policy_id, policy_version)
    );
GO

IF OBJECT_ID('catalog.experiments') IS NULL
    CREATE TABLE catalog.experiments
    (
        experiment_id varchar(128) NOT NULL,
        policy_id varchar(128) NOT NULL,
        policy_version int NOT NULL,
        experiment_name varchar(200) NOT NULL,
        unit_type varchar(32) NOT NULL,
        analysis_mode varchar(16) NULL,
        planned_units bigint NULL,
        exclude_multi_variation bit NOT NULL CONSTRAINT df_experiments_exclude_multi_variation DEFAULT 0,
        start_at datetime2(6) NOT NULL,
        end_at datetime2(6) NULL,
        salt varchar(64) NULL,
        owner varchar(128) NULL,
        description varchar(1000) NULL,
        CONSTRAINT pk_experiments PRIMARY KEY (experiment_id)
    );
GO

IF OBJECT_ID('catalog.experiment_variations') IS NULL
    CREATE TABLE catalog.experiment_variations
    (
        experiment_id varchar(128) NOT NULL,
        variation_id varchar(128) NOT NULL,
        is_control bit NOT NULL,
        weight float NOT NULL,
        description varchar(400) NULL,
        CONSTRAINT pk_experiment_variations PRIMARY KEY (experiment_id, variation_id),
        CONSTRAINT fk_experiment_variations_experiments FOREIGN KEY (experiment_id)
            REFERENCES catalog.experiments (experiment_id)
    );
GO

IF OBJECT_ID('catalog.experiment_metrics') IS NULL
    CREATE TABLE catalog.experiment_metrics
    (
        experiment_id varchar(128) NOT NULL,
        metric_id varchar(128) NOT NULL,
        metric_version int NOT NULL,
        metric_role varchar(16) NOT NULL,
        margin float NULL,
        CONSTRAINT pk_experiment_metrics PRIMARY KEY (experiment_id, metric_id),
        CONSTRAINT fk_experiment_metrics_experiments FOREIGN KEY (experiment_id)
            REFERENCES catalog.experiments (experiment_id)
    );
GO

/* The default policy: STATISTICS of the README, "The default policy". */
INSERT INTO catalog.decision_policies
(
    policy_id, policy_version, min_relative_lift, alpha, guardrail_margin, guardrail_alpha, guardrail_power, srm_alpha,
    correction, description
)
SELECT
    seed.policy_id,
    seed.policy_version,
    seed.min_relative_lift,
    seed.alpha,
    seed.guardrail_margin,
    seed.guardrail_alpha,
    seed.guardrail_power,
    seed.srm_alpha,
    seed.correction,
    seed.description
FROM
(
    VALUES
    (
        'default', 1, 0.02e0, 0.05e0, 0.01e0, 0.10e0, 0.8e0, 0.001e0, 'holm',
        'Ship a lift above 2 % with p < 0.05 and no guardrail degraded by more than 1 % (p < 0.10).'
    )
) AS seed
(
    policy_id, policy_version, min_relative_lift, alpha, guardrail_margin, guardrail_alpha, guardrail_power, srm_alpha,
    correction, description
)
WHERE NOT EXISTS
(
    SELECT 1
    FROM catalog.decision_policies AS p
    WHERE p.policy_id = seed.policy_id AND p.policy_version = seed.policy_version
);
GO
