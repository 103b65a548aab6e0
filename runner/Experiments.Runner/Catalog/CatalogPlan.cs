using System.Globalization;
using Experiments.Runner.Output;

namespace Experiments.Runner.Catalog;

/// <summary>What applying a row does.</summary>
internal enum CatalogAction
{
    /// <summary>The key is new.</summary>
    Insert,

    /// <summary>The key is there with other values.</summary>
    Update,

    /// <summary>The row is there as it is.</summary>
    Keep,

    /// <summary>It would change a definition under its version, or lacks what a new row needs.</summary>
    Refuse,
}

/// <summary>One field that changes.</summary>
internal sealed record CatalogChange(CatalogField Field, object? From, object? To)
{
    /// <summary>A value as a plan shows it.</summary>
    public static string Show(object? value) => value switch
    {
        null => "(none)",
        string text => $"'{text}'",
        bool bit => bit ? "true" : "false",
        MetricReference metric => $"'{metric.Id}' version {metric.Version}",
        CatalogFilters filters => filters.ToString(),
        _ => ValueText.Exact(value),
    };
}

/// <summary>What applying one row does.</summary>
/// <param name="Row">The row of the file.</param>
/// <param name="Action">What becomes of it.</param>
/// <param name="Changes">The fields that differ.</param>
/// <param name="Refusal">Why it is refused; null where it is not.</param>
internal sealed record CatalogStep(
    CatalogRow Row, CatalogAction Action, IReadOnlyList<CatalogChange> Changes, string? Refusal = null);

/// <summary>What applying files does, in order, and what the catalog has beside it.</summary>
/// <param name="Steps">One step a row.</param>
/// <param name="Left">
/// Rows that the files do not name, of the files' experiments and of the lists that they have; they stay. What every
/// deployment brings, the thresholds and the default policy, is not among them.
/// </param>
internal sealed record CatalogPlan(IReadOnlyList<CatalogStep> Steps, IReadOnlyList<CatalogRow> Left)
{
    /// <summary>Compares the rows of files with the catalog.</summary>
    public static CatalogPlan Create(IReadOnlyList<CatalogRow> rows, CatalogSnapshot stored)
    {
        List<CatalogStep> steps = [.. rows.Select(row => Compare(row, rows, stored))];
        HashSet<(CatalogEntity, string)> named = [.. rows.Select(row => (row.Entity, row.Key))];
        HashSet<CatalogEntity> listed = [.. rows.Select(row => row.Entity)];
        HashSet<object?> experiments =
            [.. rows.Where(row => row.Entity == CatalogEntity.Experiment).Select(row => row.Values[0])];
        IEnumerable<CatalogRow> left = CatalogEntity.All
            .SelectMany(stored.Of)
            .Where(row => !named.Contains((row.Entity, row.Key)))
            .Where(row => !row.IsBuiltIn)
            .Where(row => row.Entity.IsChild ? experiments.Contains(row.Values[0]) : listed.Contains(row.Entity));
        return new CatalogPlan(steps, [.. left]);
    }

    /// <summary>Refuses a plan with refused steps.</summary>
    /// <exception cref="CatalogException">There are some; each has a sentence.</exception>
    public void RequireAllowed()
    {
        List<string> refusals = [.. Steps.Where(step => step.Refusal is not null).Select(step => step.Refusal!)];
        if (refusals.Count > 0)
        {
            throw new CatalogException(
                refusals,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{refusals.Count} changes are refused, listed above; nothing was written."));
        }
    }

    private static CatalogStep Compare(CatalogRow row, IReadOnlyList<CatalogRow> rows, CatalogSnapshot stored)
    {
        if (stored.Find(row) is not { } found)
        {
            return Insert(row, stored);
        }

        List<CatalogChange> changes = [];
        for (int i = row.Entity.KeyCount; i < row.Values.Length; i++)
        {
            CatalogField field = row.Entity.Fields[i];
            bool isKept = field.IsKept && row.Values[i] is null;
            if (!isKept && !Equals(found.Values[i], row.Values[i]))
            {
                changes.Add(new CatalogChange(field, found.Values[i], row.Values[i]));
            }
        }

        if (row.Entity.IsVersioned && changes.Find(change => !change.Field.IsNote) is { } edited)
        {
            int next = rows.Concat(stored.Of(row.Entity))
                .Where(other => other.Entity == row.Entity && Equals(other.Values[0], row.Values[0]))
                .Max(other => (int)other.Values[1]!) + 1;
            return new CatalogStep(
                row,
                CatalogAction.Refuse,
                changes,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Source}: {row.Label} has '{edited.Field.Name}' {CatalogChange.Show(edited.From)} in the "
                    + $"catalog and {CatalogChange.Show(edited.To)} in the file; a definition never changes under its "
                    + $"version, so give the new one version {next}."));
        }

        return new CatalogStep(row, changes.Count == 0 ? CatalogAction.Keep : CatalogAction.Update, changes);
    }

    /// <summary>A threshold that no view reads is a word written wrong: a new one explains itself.</summary>
    private static CatalogStep Insert(CatalogRow row, CatalogSnapshot stored)
    {
        if (row.Entity != CatalogEntity.Threshold || row["description"] is not null)
        {
            return new CatalogStep(row, CatalogAction.Insert, []);
        }

        string known = string.Join(", ", stored.Of(row.Entity).Select(threshold => threshold.Values[0]));
        return new CatalogStep(
            row,
            CatalogAction.Refuse,
            [],
            $"{row.Source}: {row.Label} is not in the catalog, which has {known}; a new one needs a 'description'.");
    }
}

/// <summary>A sentence of catalog.problems.</summary>
internal sealed record CatalogProblem(string? ExperimentId, string? MetricId, string Code, string Sentence);
