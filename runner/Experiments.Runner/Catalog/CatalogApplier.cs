using System.Data.Common;
using System.Globalization;
using System.Text;
using Experiments.Runner.Data;
using Experiments.Runner.Output;

namespace Experiments.Runner.Catalog;

/// <summary>
/// Brings the rows of catalog files into the catalog: new keys are inserted, others updated, nothing is deleted. A
/// metric's or a policy's definition never changes under its version.
/// </summary>
internal sealed class CatalogApplier(DbConnection connection)
{
    /// <summary>Compares the rows with the catalog; writes nothing.</summary>
    /// <exception cref="CatalogException">A versioned definition would change.</exception>
    public async Task<CatalogPlan> PlanAsync(
        IReadOnlyList<CatalogRow> rows, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        List<CatalogStep> steps = [];
        foreach (CatalogRow row in rows)
        {
            object?[]? stored = await ReadAsync(row, transaction, cancellationToken).ConfigureAwait(false);
            steps.Add(Compare(row, stored));
        }

        return new CatalogPlan(
            steps, await ReadLeftAsync(rows, transaction, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Applies a plan's rows in one transaction; where the catalog then has problems with what the files name, nothing
    /// is written.
    /// </summary>
    /// <returns>The plan as it was applied, or the problems that stopped it.</returns>
    public async Task<(CatalogPlan Plan, IReadOnlyList<CatalogProblem> Problems)> ApplyAsync(
        IReadOnlyList<CatalogRow> rows, CancellationToken cancellationToken)
    {
        DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            CatalogPlan plan = await PlanAsync(rows, transaction, cancellationToken).ConfigureAwait(false);
            foreach (CatalogStep step in plan.Steps)
            {
                if (step.Action != CatalogAction.Keep)
                {
                    using DbCommand command = CreateCommand(step, transaction);
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }
            }

            HashSet<string> experiments = Ids(rows, CatalogEntity.Experiment);
            HashSet<string> metrics = Ids(rows, CatalogEntity.Metric);
            List<CatalogProblem> problems =
                [.. (await ReadProblemsAsync(connection, transaction, cancellationToken).ConfigureAwait(false))
                    .Where(problem => (problem.ExperimentId, problem.MetricId) switch
                    {
                        ({ } experiment, _) => experiments.Contains(experiment),
                        (null, { } metric) => metrics.Contains(metric),
                        _ => rows.Any(row => row.Entity == CatalogEntity.Policy),
                    })];
            if (problems.Count > 0)
            {
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }

            return (plan, problems);
        }
    }

    /// <summary>Everything that is wrong with the definitions.</summary>
    public static async Task<List<CatalogProblem>> ReadProblemsAsync(
        DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT p.experiment_id, p.metric_id, p.problem_code, p.problem
            FROM catalog.problems AS p
            ORDER BY p.experiment_id, p.metric_id, p.problem_code, p.problem;
            """,
            transaction);
        return await Db.QueryAsync(
            command,
            reader => new CatalogProblem(
                reader.Text(0), reader.Text(1), reader.GetString(2), reader.GetString(3)),
            cancellationToken).ConfigureAwait(false);
    }

    private static HashSet<string> Ids(IReadOnlyList<CatalogRow> rows, CatalogEntity entity) =>
        [.. rows.Where(row => row.Entity == entity).Select(row => (string)row.Values[0]!)];

    private static CatalogStep Compare(CatalogRow row, object?[]? stored)
    {
        if (stored is null)
        {
            return new CatalogStep(row, CatalogAction.Insert, []);
        }

        List<CatalogChange> changes = [];
        for (int i = row.Entity.KeyCount; i < stored.Length; i++)
        {
            if (!Equals(stored[i], row.Values[i]))
            {
                changes.Add(new CatalogChange(row.Entity.Fields[i], stored[i], row.Values[i]));
            }
        }

        if (row.Entity.IsVersioned && changes.Find(change => !change.Field.IsNote) is { } edited)
        {
            throw new CatalogException(
                $"{row.Source}: {row.Label} has '{edited.Field.Name}' {Show(edited.From)} in the catalog and "
                + $"{Show(edited.To)} in the file; a definition never changes under its version, "
                + $"so give the new one version {(int)row.Values[1]! + 1}.");
        }

        return new CatalogStep(row, changes.Count == 0 ? CatalogAction.Keep : CatalogAction.Update, changes);
    }

    /// <summary>A value as a plan shows it.</summary>
    internal static string Show(object? value) => value switch
    {
        null => "(none)",
        string text => $"'{text}'",
        bool bit => bit ? "true" : "false",
        _ => ValueText.Exact(value),
    };

    private async Task<object?[]?> ReadAsync(
        CatalogRow row, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        CatalogEntity entity = row.Entity;
        string columns = string.Join(", ", entity.Fields.Select(field => "c." + field.Name));
        using DbCommand command = Db.Command(
            connection, $"SELECT {columns} FROM {entity.Table} AS c WHERE {KeyCondition(entity, "c.")};", transaction);
        AddParameters(command, row, entity.KeyCount);
        List<object?[]> found = await Db.QueryAsync(
            command,
            reader => entity.Fields.Select((field, i) => Value(reader, field, i)).ToArray(),
            cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    private static object? Value(DbDataReader reader, CatalogField field, int column)
    {
        if (reader.IsDBNull(column))
        {
            return null;
        }

        object value = reader.GetValue(column);
        return field.Kind switch
        {
            CatalogFieldKind.Text => (string)value,
            CatalogFieldKind.Int => Convert.ToInt32(value, CultureInfo.InvariantCulture),
            CatalogFieldKind.BigInt => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            CatalogFieldKind.Float => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            CatalogFieldKind.Bit => Convert.ToBoolean(value, CultureInfo.InvariantCulture),
            CatalogFieldKind.Time => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified),
            _ => throw new InvalidOperationException($"The kind {field.Kind} is not read."),
        };
    }

    private async Task<List<string>> ReadLeftAsync(
        IReadOnlyList<CatalogRow> rows, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        List<string> left = [];
        foreach (CatalogEntity entity in new[] { CatalogEntity.Variation, CatalogEntity.ExperimentMetric })
        {
            string child = entity.Fields[1].Name;
            HashSet<(string, string)> named =
                [.. rows.Where(row => row.Entity == entity)
                    .Select(row => ((string)row.Values[0]!, (string)row.Values[1]!))];
            foreach (string id in Ids(rows, CatalogEntity.Experiment).Order(StringComparer.Ordinal))
            {
                using DbCommand command = Db.Command(
                    connection,
                    $"SELECT c.{child} FROM {entity.Table} AS c "
                    + $"WHERE c.experiment_id = @experiment_id ORDER BY c.{child};",
                    transaction).WithText("@experiment_id", id);
                foreach (string key in await Db.QueryAsync(
                    command, reader => reader.GetString(0), cancellationToken).ConfigureAwait(false))
                {
                    if (!named.Contains((id, key)))
                    {
                        left.Add(new CatalogRow(entity, [id, key], string.Empty).Label);
                    }
                }
            }
        }

        return left;
    }

    private DbCommand CreateCommand(CatalogStep step, DbTransaction transaction)
    {
        CatalogEntity entity = step.Row.Entity;
        StringBuilder text = new();
        if (step.Action == CatalogAction.Insert)
        {
            bool stamped = entity == CatalogEntity.Metric;
            IEnumerable<string> names = entity.Fields.Select(field => field.Name);
            text.Append(CultureInfo.InvariantCulture, $"INSERT INTO {entity.Table} ({string.Join(", ", names)}")
                .Append(stamped ? ", valid_from)" : ")")
                .Append(CultureInfo.InvariantCulture, $" VALUES ({string.Join(", ", names.Select(n => "@" + n))}")
                .Append(stamped ? ", SYSUTCDATETIME());" : ");");
        }
        else
        {
            IEnumerable<string> sets =
                entity.Fields.Skip(entity.KeyCount).Select(field => $"{field.Name} = @{field.Name}");
            text.Append(CultureInfo.InvariantCulture, $"UPDATE {entity.Table} SET {string.Join(", ", sets)} ")
                .Append(CultureInfo.InvariantCulture, $"WHERE {KeyCondition(entity, string.Empty)};");
        }

        DbCommand command = Db.Command(connection, text.ToString(), transaction);
        AddParameters(command, step.Row, entity.Fields.Count);
        return command;
    }

    private static string KeyCondition(CatalogEntity entity, string prefix) =>
        string.Join(
            " AND ",
            entity.Fields.Take(entity.KeyCount).Select(field => $"{prefix}{field.Name} = @{field.Name}"));

    private static void AddParameters(DbCommand command, CatalogRow row, int count)
    {
        for (int i = 0; i < count; i++)
        {
            CatalogField field = row.Entity.Fields[i];
            string name = "@" + field.Name;
            object? value = row.Values[i];
            _ = field.Kind switch
            {
                CatalogFieldKind.Text => command.WithText(name, (string?)value, field.Size),
                CatalogFieldKind.Int => command.WithInt(name, (int?)value),
                CatalogFieldKind.BigInt => command.WithBigInt(name, (long?)value),
                CatalogFieldKind.Float => command.WithFloat(name, (double?)value),
                CatalogFieldKind.Bit => command.WithBit(name, (bool?)value),
                CatalogFieldKind.Time => command.WithTime(name, (DateTime?)value),
                _ => throw new InvalidOperationException($"The kind {field.Kind} has no parameter."),
            };
        }
    }
}
