using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Catalog;

namespace Experiments.Runner.Commands;

/// <summary>The catalog's commands.</summary>
internal sealed class CatalogCommand : Command, IHasExamples
{
    public CatalogCommand(CommandServices services)
        : base("catalog", "Experiments, metrics and policies as rows, and as files.")
    {
        Add(new CatalogApplyCommand(services));
        Add(new CatalogDiffCommand(services));
        Add(new CatalogExportCommand(services));
    }

    public IReadOnlyList<string> Examples =>
        ["runner catalog apply catalog.yaml", "runner catalog diff catalog/", "runner catalog export --out catalog/"];

    /// <summary>The argument that names files of definitions.</summary>
    public static Argument<string> CreatePath()
    {
        Argument<string> path = new("path")
        {
            Description =
                $"A .yaml, .yml or .json file, or a folder of them, with the lists {CatalogEntity.Sections}.",
            HelpName = "FILE|DIR",
        };
        GlobalOptions.RefuseUnknownOptions(path);
        return path;
    }
}

/// <summary>Brings catalog files into the catalog.</summary>
internal sealed class CatalogApplyCommand : Command, IHasExamples
{
    private readonly CommandServices _services;
    private readonly Argument<string> _path = CatalogCommand.CreatePath();

    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Print the plan, and write nothing.",
    };

    public CatalogApplyCommand(CommandServices services)
        : base(
            "apply",
            "Insert and update what catalog files name; nothing is deleted.")
    {
        _services = services;
        Add(_path);
        Add(_dryRun);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
        ["runner catalog apply catalog.yaml", "runner catalog apply catalog/ --dry-run"];

    public string Notes =>
        $"""
        One transaction. A metric's or a policy's definition never changes under its version: a file that does it is
        refused (owner, description, unit_label and valid_from may change). So are files that leave rows in
        catalog.problems about what they name, or rows that were not there before: the rows are printed, nothing is
        written, and the exit code is 3. --dry-run exits 3 where a change is refused; it does not see catalog.problems.
        Lists of a file: {CatalogEntity.Sections};
        an experiment holds variations, metrics, covariates, dimensions, weight_changes and blocks.
        """;

    /// <summary>Applies a path and prints the plan.</summary>
    public static async Task ApplyAsync(
        TextWriter output,
        RunnerConsole console,
        DbConnection connection,
        string path,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<CatalogRow> rows = CatalogReader.ReadPath(path);
        (CatalogPlan plan, IReadOnlyList<CatalogProblem> problems) =
            await new CatalogApplier(connection).ApplyAsync(rows, cancellationToken).ConfigureAwait(false);
        WritePlan(output, plan);
        if (problems.Count == 1)
        {
            throw new RunnerException(ExitCode.Refused, $"{problems[0].Sentence} Nothing was written.");
        }

        if (problems.Count > 1)
        {
            foreach (CatalogProblem problem in problems)
            {
                console.Log($"  {problem.Code}: {problem.Sentence}");
            }

            throw new RunnerException(
                ExitCode.Refused,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{path}' would leave {problems.Count} problems in the catalog, listed above; "
                    + $"nothing was written."));
        }
    }

    private static void WritePlan(TextWriter output, CatalogPlan plan)
    {
        foreach (CatalogStep step in plan.Steps)
        {
            string action = step.Action switch
            {
                CatalogAction.Insert => "insert",
                CatalogAction.Update => "update",
                CatalogAction.Keep => "keep  ",
                CatalogAction.Refuse => "refuse",
                _ => throw new InvalidOperationException($"The action {step.Action} has no word."),
            };
            string changes = step.Changes.Count == 0
                ? string.Empty
                : ": " + string.Join(
                    ", ",
                    step.Changes.Select(change =>
                        $"{change.Field.Name} {CatalogChange.Show(change.From)} -> {CatalogChange.Show(change.To)}"));
            output.WriteLine($"{action}  {step.Row.Label}{changes}");
        }

        // What whole lists have beside the files is for 'diff' to say.
        foreach (CatalogRow left in plan.Left.Where(row => row.Entity.IsChild))
        {
            output.WriteLine($"left    {left.Label}, which the file does not name");
        }
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string path = parse.GetRequiredValue(_path);
        if (parse.GetValue(_dryRun))
        {
            IReadOnlyList<CatalogRow> rows = CatalogReader.ReadPath(path);
            DbConnection reading = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
            await using (reading.ConfigureAwait(false))
            {
                CatalogPlan plan =
                    await new CatalogApplier(reading).PlanAsync(rows, null, cancellationToken).ConfigureAwait(false);
                WritePlan(_services.Console.Output, plan);
                plan.RequireAllowed();
            }

            return (int)ExitCode.Done;
        }

        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await ApplyAsync(_services.Console.Output, _services.Console, connection, path, cancellationToken)
                .ConfigureAwait(false);
        }

        return (int)ExitCode.Done;
    }
}
