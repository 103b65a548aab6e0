using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Experiments.Runner.Catalog;
using Experiments.Runner.Commands;

namespace Experiments.Runner;

/// <summary>
/// The command line as a whole: parses, runs one command, and turns whatever goes wrong into one sentence and an
/// exit code. It holds no state between two calls.
/// </summary>
internal sealed class RunnerApp(RunnerConsole console, Func<string, string?> environment, string scriptDirectory)
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="cancellationToken">Stops the command.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> InvokeAsync(IReadOnlyList<string> args, CancellationToken cancellationToken)
    {
        CommandServices services = new(console, environment, scriptDirectory);
        RootCommand root = CreateRoot(services);
        if (args.Count == 0)
        {
            args = ["--help"];
        }

        // Response files are off: "@@VERSION" is T-SQL here, not the name of a file.
        ParseResult parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        bool verbose = parse.GetValue(services.Globals.Verbose);
        if (parse.Errors.Count > 0)
        {
            return WrongUsage(parse);
        }

        try
        {
            return await parse.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    Output = console.Output,
                    Error = console.Error,
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            (ExitCode code, string sentence) = Failures.Explain(exception);
            if (exception is CatalogException { Sentences.Count: > 1 } several)
            {
                foreach (string one in several.Sentences)
                {
                    console.Error.WriteLine($"  {one}");
                }
            }

            console.Error.WriteLine($"error: {sentence}");
            if (verbose)
            {
                console.Error.WriteLine(exception.ToString());
            }

            return (int)code;
        }
        finally
        {
            await console.Output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await console.Error.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Every command, in the order of a first day.</summary>
    internal static RootCommand CreateRoot(CommandServices services)
    {
        RootCommand root = new(
            "Experiments: A/B tests as rows and T-SQL. Results go to stdout, everything else to stderr. "
            + "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused for data quality or definitions, "
            + "4 the database cannot be reached, 5 nothing failed but a part is not covered (selftest, validate).");
        root.Add(services.Globals.Connection);
        root.Add(services.Globals.Verbose);
        root.Add(new DemoCommand(services));
        root.Add(new MigrateCommand(services));
        root.Add(new SimulateCommand(services));
        root.Add(new LoadCommand(services));
        root.Add(new CatalogCommand(services));
        root.Add(new RefreshCommand(services));
        root.Add(new BackfillCommand(services));
        root.Add(new QuarantineCommand(services));
        root.Add(new ReprocessCommand(services));
        root.Add(new CheckCommand(services));
        root.Add(new AnalyzeCommand(services));
        root.Add(new ReportCommand(services));
        root.Add(new ReanalyzeCommand(services));
        root.Add(new CombineCommand(services));
        root.Add(new PowerCommand(services));
        root.Add(new AssignCommand(services));
        root.Add(new StatusCommand(services));
        root.Add(new SqlCommand(services));
        root.Add(new TestCommand(services));
        root.Add(new SelftestCommand(services));
        root.Add(new ValidateCommand(services));
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private int WrongUsage(ParseResult parse)
    {
        string path = CommandPath(parse.CommandResult);
        string[] messages = [.. parse.Errors.Select(error => error.Message)];

        // "Required command was not provided" comes first, but the word that is no command says more.
        string message = parse.CommandResult.Command.Subcommands.Count > 0 && messages.Length > 1
            ? messages[1] : messages[0];
        console.Error.WriteLine($"error: {Sentence(message)} See '{path} --help'.");
        return (int)ExitCode.Usage;
    }

    private static string CommandPath(CommandResult result)
    {
        List<string> names = [];
        for (SymbolResult? at = result; at is CommandResult command; at = command.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "runner" : command.Command.Name);
        }

        return string.Join(' ', names);
    }

    private static string Sentence(string message)
    {
        string trimmed = message.Trim().ReplaceLineEndings(" ");
        return trimmed.EndsWith('.') ? trimmed : trimmed + ".";
    }
}
