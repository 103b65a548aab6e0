using System.CommandLine;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Connection { get; } = new("--connection")
    {
        Description =
            "The database: 'Engine=local;Data Source=FILE.duckdb' or a SQL Server connection string without a "
            + "password. Without it: EXPERIMENTS_CONNECTION, else experiments.duckdb in this directory.",
        HelpName = "STRING",
        Recursive = true,
    };

    public Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Say more on stderr; with an error, where it came from.",
        Recursive = true,
    };

    /// <summary>A --format option for a command that writes rows.</summary>
    public static Option<OutputFormat> CreateFormat()
    {
        Option<OutputFormat> option = new("--format")
        {
            Description = "How rows come out: table (the default), json or csv.",
            HelpName = "table|json|csv",
            CustomParser = result => result.Tokens[0].Value switch
            {
                "table" => OutputFormat.Table,
                "json" => OutputFormat.Json,
                "csv" => OutputFormat.Csv,
                _ => Reject<OutputFormat>(
                    result, $"--format is '{result.Tokens[0].Value}'; table, json and csv are known"),
            },
        };
        return option;
    }

    /// <summary>A required --experiment option.</summary>
    public static Option<string> CreateExperiment() => new("--experiment", "-e")
    {
        Description = "The experiment's id, as in catalog.experiments.",
        HelpName = "ID",
        Required = true,
    };

    /// <summary>Refuses words that look like an option that does not exist, instead of taking them.</summary>
    public static void RefuseUnknownOptions<T>(Argument<T> argument) =>
        argument.Validators.Add(result =>
        {
            foreach (System.CommandLine.Parsing.Token token in result.Tokens)
            {
                if (token.Value.Length > 2 && token.Value.StartsWith("--", StringComparison.Ordinal)
                    && char.IsAsciiLetter(token.Value[2]))
                {
                    result.AddError($"There is no option '{token.Value}'");
                }
            }
        });

    /// <summary>A parse error with its sentence.</summary>
    public static T? Reject<T>(System.CommandLine.Parsing.ArgumentResult result, string sentence)
    {
        result.AddError(sentence);
        return default;
    }
}
