/*
Brings the commerce facts up to date: from the first day that staging.commerce_changed_days names, since the recurring
revenue of a month is carried into all later ones; from the month after the last one built where that is earlier, since
months without events in between have recurring revenue too.
*/
CREATE OR ALTER PROCEDURE marts.load_commerce
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @outer int = @@TRANCOUNT;
DECLARE @first_date date;
DECLARE @quiet_date date;
SELECT @first_date = MIN(d.event_date) FROM staging.commerce_changed_days AS d;
IF @first_date IS NULL
    RETURN;
SELECT @quiet_date = DATEADD(month, 1, MAX(m.month_date)) FROM marts.fct_monthly_recurring_revenue AS m;
IF @quiet_date < @first_date
    SET @first_date = @quiet_date;
BEGIN TRY
    IF @outer = 0
        BEGIN TRANSACTION;
    EXEC marts.backfill_commerce @from_date = @first_date, @to_date = NULL;
    DELETE FROM staging.commerce_changed_days;
    IF @outer = 0
        COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @outer = 0 AND @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH;
GO
