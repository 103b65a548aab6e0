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
        Description = "Write rows that 'load assignments' takes, with this time.",
        HelpName = "TIME",
    };

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public AssignCommand(CommandServices services)
        : base("assign", "Say which variation a unit gets: by the hash of salt and unit, the same on every engine.")
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

        HashAssignment assignment = await ReadAsync(parse, experiment, cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<string> units = file is null
            ? parse.GetRequiredValue(_units).ToAsyncEnumerable()
            : LinesAsync(file, cancellationToken);
        DateTimeOffset? at = parse.GetValue(_assignedAt);
        RowSet rows = at is { } time
            ? new RowSet(
                [
                    new("experiment_id", typeof(string)), new("unit_id", typeof(string)),
                    new("variation_id", typeof(string)), new("assigned_at", typeof(DateTime)),
                ],
                RowsAsync(units, unit => [experiment, unit, assignment.Assign(unit).VariationId, time.UtcDateTime]))
            : new RowSet(
                [new("unit_id", typeof(string)), new("variation_id", typeof(string)), new("bucket", typeof(int))],
                RowsAsync(units, unit =>
                {
                    (int bucket, string variation) = assignment.Assign(unit);
                    return [unit, variation, bucket];
                }));
        await _services.Writer(parse.GetValue(_format)).WriteAsync(rows, cancellationToken).ConfigureAwait(false);
        return (int)ExitCode.Done;
    }

    private async Task<HashAssignment> ReadAsync(
        ParseResult parse, string experiment, CancellationToken cancellationToken)
    {
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            using DbCommand command = Db.Command(
                connection,
                """
                SELECT b.salt, b.variation_id, b.bucket_from, b.bucket_to
                FROM catalog.variation_buckets AS b
                WHERE b.experiment_id = @experiment_id
                ORDER BY b.bucket_from, b.bucket_to;
                """).WithText("@experiment_id", experiment);
            List<(string Salt, BucketRange Range)> rows = await Db.QueryAsync(
                command,
                reader => (reader.GetString(0), new BucketRange(reader.GetString(1), reader.GetInt32(2), reader.GetInt32(3))),
                cancellationToken).ConfigureAwait(false);
            return rows.Count > 0
                ? new HashAssignment(rows[0].Salt, [.. rows.Select(row => row.Range)])
                : throw new RunnerException(
                    ExitCode.Refused, $"Experiment '{experiment}' is not in the catalog, or has no variation with a weight.");
        }
    }

    private static async IAsyncEnumerable<object?[]> RowsAsync(
        IAsyncEnumerable<string> units, Func<string, object?[]> row)
    {
        await foreach (string unit in units.ConfigureAwait(false))
        {
            object?[] values;
            try
            {
                values = row(unit);
            }
            catch (ArgumentException error)
            {
                throw new RunnerException(ExitCode.Refused, error.Message.Split(" (Parameter")[0]);
            }

            yield return values;
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
