/*
catalog: the options of an analysis as rows. NULL is the default of each: the runner's list of catalog fields names it.
A policy says how p-values are corrected and what a decision needs; a metric's use in an experiment says which test,
interval, margin and prior it takes; a sequential plan says how often one may look.
*/
IF COL_LENGTH('catalog.decision_policies', 'policy_kind') IS NULL
BEGIN
    ALTER TABLE catalog.decision_policies ALTER COLUMN correction varchar(32) NOT NULL;
    ALTER TABLE catalog.decision_policies ADD
        policy_kind varchar(16) NULL,
        correction_family varchar(16) NULL,
        primary_share float NULL,
        deterioration_alpha float NULL,
        min_weeks int NULL;
END;
GO

IF COL_LENGTH('catalog.experiment_metrics', 'sidedness') IS NULL
    ALTER TABLE catalog.experiment_metrics ADD
        sidedness varchar(16) NULL,
        margin_kind varchar(16) NULL,
        superiority_margin float NULL,
        equivalence_margin float NULL,
        proportion_interval varchar(32) NULL,
        relative_interval varchar(16) NULL,
        prior_kind varchar(16) NULL,
        prior_mean float NULL,
        prior_sd float NULL,
        prior_alpha float NULL,
        prior_beta float NULL,
        posterior_threshold float NULL;
GO

/*
One row a sequential plan and version: how an experiment is watched, fixed (fixed_at) before it starts. planned_units
are those of all variations together; a comparison takes the share of its two arms.
*/
IF OBJECT_ID('catalog.sequential_plans') IS NULL
    CREATE TABLE catalog.sequential_plans
    (
        plan_id varchar(128) NOT NULL,
        plan_version int NOT NULL,
        plan_kind varchar(32) NOT NULL,
        planned_units bigint NOT NULL,
        planned_looks int NULL,
        spending varchar(32) NULL,
        spending_parameter float NULL,
        futility_spending varchar(32) NULL,
        futility_parameter float NULL,
        futility_power float NULL,
        fixed_at datetime2(6) NOT NULL,
        description varchar(1000) NULL,
        CONSTRAINT pk_sequential_plans PRIMARY KEY (plan_id, plan_version)
    );
GO

IF COL_LENGTH('catalog.experiments', 'plan_id') IS NULL
    ALTER TABLE catalog.experiments ADD
        plan_id varchar(128) NULL,
        plan_version int NULL;
GO
