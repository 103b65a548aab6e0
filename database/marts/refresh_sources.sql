/* Brings the business marts of every source up to date with what is staged; what has not changed is left as it is. */
CREATE OR ALTER PROCEDURE marts.refresh_sources
AS
SET NOCOUNT ON;
SET XACT_ABORT ON;
EXEC marts.load_dim_sessions;
EXEC marts.load_commerce;
EXEC marts.load_dim_users;
EXEC marts.load_dim_episodes;
EXEC marts.load_fct_user_interactions;
GO
