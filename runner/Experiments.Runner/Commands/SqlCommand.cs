using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Connections;
using Experiments.LocalSql;
using Experiments.Runner.Data;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>Runs one batch of T-SQL.</summary>
internal sealed class SqlCommand : Command, IHasExamples
{
    private readonly CommandServices _services;

    private readonly Argument<string> _text = new("statement")
    {
        Description = "T-SQL, one batch; '-' reads it from stdin.",
        HelpName = "T-SQL",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _accepts = new("--accepts")
    {
        Description = "List what the local engine accepts, as Markdown, and run nothing.",
    };

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public SqlCommand(CommandServices services)
        : base("sql", "Run T-SQL on the database, the local one too, and write the rows that it returns.")
    {
        _services = services;
        GlobalOptions.RefuseUnknownOptions(_text);
        Add(_text);
        Add(_accepts);
        Add(_format);
        Validators.Add(result =>
        {
            if ((result.GetValue(_text) is null) != result.GetValue(_accepts))
            {
                result.AddError("'runner sql' needs a statement, or --accepts without one.");
            }
        });
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner sql \"SELECT * FROM results.experiment_summary\"",
        "runner sql \"SELECT * FROM quality.reconciliation\" --format csv",
        "runner sql --accepts",
    ];

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (parse.GetValue(_accepts))
        {
            _services.Console.Output.Write(Reference.Markdown());
            return (int)ExitCode.Done;
        }

        string text = parse.GetRequiredValue(_text);
        if (text == "-")
        {
            text = await Console.In.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        }

        OutputFormat format = parse.GetValue(_format);
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            Messages.Listen(connection, _services.Console.Log);
            using DbCommand command = Db.Command(connection, text);
            DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await WriteAsync(reader, format, cancellationToken).ConfigureAwait(false);
            }
        }

        return (int)ExitCode.Done;
    }

    private async Task WriteAsync(DbDataReader reader, OutputFormat format, CancellationToken cancellationToken)
    {
        int written = 0;
        do
        {
            if (reader.FieldCount == 0)
            {
                continue;
            }

            if (written > 0)
            {
                if (format != OutputFormat.Table)
                {
                    throw new RunnerException(
                        ExitCode.Failed,
                        "The batch returns more than one result set; csv and json hold the first, table shows all.");
                }

                _services.Console.Output.Write('\n');
            }

            await _services.Writer(format)
                .WriteAsync(RowSet.FromReader(reader), cancellationToken).ConfigureAwait(false);
            written++;
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));

        if (written == 0)
        {
            _services.Console.Log(reader.RecordsAffected < 0
                ? "Done; no rows."
                : string.Create(CultureInfo.InvariantCulture, $"Done; {reader.RecordsAffected} rows affected."));
        }
    }
}
