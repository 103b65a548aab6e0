/* marts.experiment_measures: has_tenure_days says that a metric of the measure is followed by day of tenure. */
IF COL_LENGTH('marts.experiment_measures', 'has_tenure_days') IS NULL
    ALTER TABLE marts.experiment_measures ADD
        has_tenure_days bit NOT NULL CONSTRAINT df_experiment_measures_has_tenure_days DEFAULT 0;
GO
