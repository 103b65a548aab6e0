using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Data;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>Rebuilds the commerce facts of a range of days.</summary>
internal sealed class BackfillCommand : Command, IHasExamples
{
    private readonly CommandServices _services;
    private readonly Option<DateOnly> _from = CreateDay("--from", "The first day.");
    private readonly Option<DateOnly> _to = CreateDay("--to", "The day after the last one.");

    public BackfillCommand(CommandServices services)
        : base("backfill", "Rebuild the commerce facts of a range of days, and nothing else.")
    {
        _services = services;
        Add(_from);
        Add(_to);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples => ["runner backfill --from 2011-03-01 --to 2011-04-01"];

    private static Option<DateOnly> CreateDay(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "YYYY-MM-DD",
        Required = true,
        CustomParser = result => DateOnly.TryParseExact(
            result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
            ? day
            : GlobalOptions.Reject<DateOnly>(
                result, $"{name} is '{result.Tokens[0].Value}'; a day such as 2011-03-01 is needed"),
    };

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        DateOnly from = parse.GetValue(_from);
        DateOnly to = parse.GetValue(_to);
        if (from >= to)
        {
            throw new RunnerException(
                ExitCode.Usage,
                string.Create(CultureInfo.InvariantCulture, $"The range from {from:O} to {to:O} has no day; the end is not included."));
        }

        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await new WorkProgress(_services.Console).RunAsync(
                string.Create(CultureInfo.InvariantCulture, $"Backfill {from:O} to {to:O}"),
                async () =>
                {
                    using DbCommand command = Db.Command(
                        connection,
                        """
                        DECLARE @first_date date = CAST(@from AS date);
                        DECLARE @end_date date = CAST(@to AS date);
                        EXEC marts.backfill_commerce @from_date = @first_date, @to_date = @end_date;
                        """)
                        .WithText("@from", from.ToString("O", CultureInfo.InvariantCulture))
                        .WithText("@to", to.ToString("O", CultureInfo.InvariantCulture));
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }).ConfigureAwait(false);
            using DbCommand counts = Db.Command(
                connection,
                """
                DECLARE @first_date date = CAST(@from AS date);
                DECLARE @end_date date = CAST(@to AS date);
                SELECT
                    (
                        SELECT COUNT_BIG(*)
                        FROM marts.fct_daily_active_users AS a
                        WHERE a.activity_date >= @first_date AND a.activity_date < @end_date
                    ) AS day_count,
                    (
                        SELECT COUNT_BIG(*)
                        FROM marts.fct_daily_revenue AS r
                        WHERE r.revenue_date >= @first_date AND r.revenue_date < @end_date
                    ) AS revenue_count,
                    (
                        SELECT COUNT_BIG(*)
                        FROM marts.fct_monthly_recurring_revenue AS m
                        WHERE m.month_date >= DATEFROMPARTS(YEAR(@first_date), MONTH(@first_date), 1)
                            AND m.month_date < @end_date
                    ) AS month_count;
                """)
                .WithText("@from", from.ToString("O", CultureInfo.InvariantCulture))
                .WithText("@to", to.ToString("O", CultureInfo.InvariantCulture));
            string rows = (await Db.QueryAsync(
                counts,
                reader => $"{Numbers.Count(reader.GetInt64(0))} of daily active users, "
                    + $"{Numbers.Count(reader.GetInt64(1))} of daily revenue, "
                    + $"{Numbers.Count(reader.GetInt64(2))} of monthly recurring revenue",
                cancellationToken).ConfigureAwait(false))[0];
            _services.Console.Log($"  Rows built: {rows}.");
        }

        return (int)ExitCode.Done;
    }
}
