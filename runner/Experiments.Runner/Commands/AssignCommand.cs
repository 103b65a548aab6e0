using System.CommandLine;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Experiments.Runner.Data;
using Experiments.Runner.Output;
using Experiments.Sources;

namespace Experiments.Runner.Commands;

/// <summary>Assigns units to the variations of an experiment by hash.</summary>
internal sealed class AssignCommand : Command, IHasExamples
{
    private readonly CommandServices _services;

    private readonly Option<string> _experiment = new("--experiment")
    {
        Description = "Whose variations, weights and salt to use.",
        HelpName = "ID",
        Required = true,
    };

    private readonly Argument<string[]> _units = new("units")
    {
        Description = "Unit ids.",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "UNIT …",
    };

    private readonly Option<string?> _file = new("--units")
    {
        Description = "A file of unit ids, one a line; '-' reads stdin.",
        HelpName = "FILE",
    };

    private readonly Option<DateTimeOffset?> _assignedAt = new("--assigned-at")
    {
        Description =
            "Write rows that 'load assignments' takes, with this time; units that get no variation are left out.",
        HelpName = "TIME",
    };

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public AssignCommand(CommandServices services)
        : base("assign", "Say which variation a unit gets: by hash, with layers and holdouts, the same on every engine.")
    {
        _services = services;
        GlobalOptions.RefuseUnknownOptions(_units);
        Add(_units);
        Add(_experiment);
        Add(_file);
        Add(_assignedAt);
        Add(_format);
        Validators.Add(result =>
        {
            if (result.GetValue(_units) is not { Length: > 0 } == (result.GetValue(_file) is null))
            {
                result.AddError("Name units, or a file of them by --units: one of the two.");
            }
        });
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner assign --experiment exp_1 user_17 user_18",
        "runner assign --experiment exp_1 --units users.txt --assigned-at 2026-01-01T00:00:00Z --format csv > assignments.csv",
    ];

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string experiment = parse.GetRequiredValue(_experiment);
        string? file = parse.GetValue(_file);
        if (file is not null and not "-" && !File.Exists(file))
        {
            throw new RunnerException(ExitCode.Usage, $"The file '{file}' does not exist.");
        }

        DateTimeOffset? at = parse.GetValue(_assignedAt);
        ExperimentAssignment assignment =
            await ReadAsync(parse, experiment, at, cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<string> units = file is null
            ? parse.GetRequiredValue(_units).ToAsyncEnumerable()
            : LinesAsync(file, cancellationToken);
        RowSet rows = at is { } time
            ? new RowSet(
                [
                    new("experiment_id", typeof(string)), new("unit_id", typeof(string)),
                    new("variation_id", typeof(string)), new("assigned_at", typeof(DateTime)),
                ],
                RowsAsync(units, unit => assignment.Assign(unit).VariationId is { } variation
                    ? [experiment, unit, variation, time.UtcDateTime]
                    : null))
            : new RowSet(
                [
                    new("unit_id", typeof(string)), new("variation_id", typeof(string)), new("bucket", typeof(int)),
                    new("reason_code", typeof(string)),
                ],
                RowsAsync(units, unit =>
                {
                    UnitAssignment given = assignment.Assign(unit);
                    return [unit, given.VariationId, given.Bucket, given.ReasonCode];
                }));
        await _services.Writer(parse.GetValue(_format)).WriteAsync(rows, cancellationToken).ConfigureAwait(false);
        return (int)ExitCode.Done;
    }

    private async Task<ExperimentAssignment> ReadAsync(
        ParseResult parse, string experiment, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            DateTime time = at?.UtcDateTime ?? await NowAsync(connection, cancellationToken).ConfigureAwait(false);
            using DbCommand command = Db.Command(
                connection,
                """
                SELECT b.salt, b.variation_id, b.bucket_from, b.bucket_to
                FROM catalog.variation_buckets AS b
                WHERE b.experiment_id = @experiment_id
                    AND b.epoch_start_at <= @assigned_at
                    AND (b.epoch_end_at IS NULL OR b.epoch_end_at > @assigned_at)
                ORDER BY b.bucket_from, b.bucket_to;
                """).WithText("@experiment_id", experiment).WithTime("@assigned_at", time);
            List<(string Salt, BucketRange Range)> rows = await Db.QueryAsync(
                command,
                reader => (reader.GetString(0), new BucketRange(reader.GetString(1), reader.GetInt32(2), reader.GetInt32(3))),
                cancellationToken).ConfigureAwait(false);
            if (rows.Count == 0)
            {
                throw new RunnerException(
                    ExitCode.Refused,
                    $"Experiment '{experiment}' is not in the catalog, or has no variation with a weight.");
            }

            return new ExperimentAssignment(
                new HashAssignment(rows[0].Salt, [.. rows.Select(row => row.Range)]),
                await ReadLayerAsync(connection, experiment, cancellationToken).ConfigureAwait(false),
                await ReadHoldoutsAsync(connection, time, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>The time of the database, which is that of an assignment without a time of its own.</summary>
    private static async Task<DateTime> NowAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(connection, "SELECT CAST(SYSUTCDATETIME() AS datetime2(6)) AS assigned_at;");
        return (await Db.QueryAsync(command, static reader => reader.GetDateTime(0), cancellationToken)
            .ConfigureAwait(false))[0];
    }

    private static async Task<LayerRange?> ReadLayerAsync(
        DbConnection connection, string experiment, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT x.layer_id, l.salt, x.layer_from, x.layer_to
            FROM catalog.experiments AS x
            LEFT JOIN catalog.layers AS l
                ON l.layer_id = x.layer_id
            WHERE x.experiment_id = @experiment_id AND x.layer_id IS NOT NULL;
            """).WithText("@experiment_id", experiment);
        List<LayerRange> ranges = await Db.QueryAsync(
            command,
            reader => Enumerable.Range(1, 3).Any(reader.IsDBNull)
                ? throw new RunnerException(
                    ExitCode.Refused,
                    $"Experiment '{experiment}' names the layer '{reader.GetString(0)}', which is not in the catalog, or "
                    + "names no range of its buckets.")
                : new LayerRange(reader.GetString(1), reader.GetInt32(2), reader.GetInt32(3)),
            cancellationToken).ConfigureAwait(false);
        return ranges.Count > 0 ? ranges[0] : null;
    }

    private static async Task<List<HoldoutBuckets>> ReadHoldoutsAsync(
        DbConnection connection, DateTime at, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT h.salt, h.bucket_count
            FROM catalog.holdouts AS h
            WHERE h.start_at <= @assigned_at AND (h.end_at IS NULL OR h.end_at > @assigned_at)
            ORDER BY h.holdout_id;
            """).WithTime("@assigned_at", at);
        return await Db.QueryAsync(
            command,
            static reader => new HoldoutBuckets(reader.GetString(0), reader.GetInt32(1)),
            cancellationToken).ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<object?[]> RowsAsync(
        IAsyncEnumerable<string> units, Func<string, object?[]?> row)
    {
        await foreach (string unit in units.ConfigureAwait(false))
        {
            object?[]? values;
            try
            {
                values = row(unit);
            }
            catch (ArgumentException error)
            {
                throw new RunnerException(ExitCode.Refused, error.Message.Split(" (Parameter")[0]);
            }

            if (values is not null)
            {
                yield return values;
            }
        }
    }

    private static async IAsyncEnumerable<string> LinesAsync(
        string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using TextReader reader = file == "-" ? Console.In : new StreamReader(file);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Trim() is { Length: > 0 } unit)
            {
                yield return unit;
            }
        }
    }
}
