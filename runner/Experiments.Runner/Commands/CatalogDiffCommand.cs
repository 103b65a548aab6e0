using System.CommandLine;
using System.Data.Common;
using Experiments.Runner.Catalog;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>Compares catalog files with the catalog.</summary>
internal sealed class CatalogDiffCommand : Command, IHasExamples
{
    private readonly CommandServices _services;
    private readonly Argument<string> _path = CatalogCommand.CreatePath();
    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public CatalogDiffCommand(CommandServices services)
        : base("diff", "Show what applying catalog files would change; exits 1 where there is a difference.")
    {
        _services = services;
        Add(_path);
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
        ["runner catalog diff catalog.yaml", "runner catalog diff catalog/ --format json"];

    public string Notes =>
        """
        One row a difference; nothing is written. The column change says
          add            the row is new
          change         a field of a row that may change
          note           owner, description, unit_label or valid_from of a definition
          refused        a definition's field would change under its version: apply refuses it
          database_only  the catalog has the row, the files do not; apply leaves it as it is
        Rows of an experiment are compared where the files name it, other rows where the files have their list. What
        every deployment brings, the thresholds and the default policy, is no difference where the files lack it.
        Exit codes: 0 the same, 1 different (or failed, with a sentence on stderr), others as everywhere.
        """;

    /// <summary>The differences of a plan, as rows.</summary>
    public static IReadOnlyList<object?[]> Rows(CatalogPlan plan)
    {
        List<object?[]> rows = [];
        foreach (CatalogStep step in plan.Steps.Where(step => step.Action != CatalogAction.Keep))
        {
            string word = step.Action == CatalogAction.Refuse ? "refused" : "add";
            if (step.Changes.Count == 0)
            {
                rows.Add([word, step.Row.Entity.Noun, step.Row.KeyText, null, null, null, step.Row.Source]);
            }

            foreach (CatalogChange change in step.Changes)
            {
                rows.Add(
                [
                    step.Row.Entity.IsVersioned ? change.Field.IsNote ? "note" : "refused" : "change",
                    step.Row.Entity.Noun,
                    step.Row.KeyText,
                    change.Field.Name,
                    Value(change.From),
                    Value(change.To),
                    step.Row.Source,
                ]);
            }
        }

        rows.AddRange(plan.Left.Select(row =>
            new object?[] { "database_only", row.Entity.Noun, row.KeyText, null, null, null, null }));
        return rows;
    }

    private static string? Value(object? value) => value switch
    {
        null => null,
        string text => text,
        _ => CatalogChange.Show(value),
    };

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        IReadOnlyList<CatalogRow> files = CatalogReader.ReadPath(parse.GetRequiredValue(_path));
        IReadOnlyList<object?[]> rows;
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            rows = Rows(
                await new CatalogApplier(connection).PlanAsync(files, null, cancellationToken).ConfigureAwait(false));
        }

        string[] columns = ["change", "entity", "key", "field", "database_value", "file_value", "source"];
        await _services.Writer(parse.GetValue(_format)).WriteAsync(
            RowSet.Of([.. columns.Select(column => new RowColumn(column, typeof(string)))], rows),
            cancellationToken).ConfigureAwait(false);
        return (int)(rows.Count == 0 ? ExitCode.Done : ExitCode.Failed);
    }
}
