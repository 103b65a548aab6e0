using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Data;

namespace Experiments.Runner.Catalog;

/// <summary>
/// Brings the rows of catalog files into the catalog: new keys are inserted, others updated, nothing is deleted. A
/// metric's or a policy's definition never changes under its version.
/// </summary>
internal sealed class CatalogApplier(DbConnection connection)
{
    private const string HoldoutProblem = "holdout";

    /// <summary>Compares the rows with the catalog; writes nothing.</summary>
    public async Task<CatalogPlan> PlanAsync(
        IReadOnlyList<CatalogRow> rows, DbTransaction? transaction, CancellationToken cancellationToken) =>
        CatalogPlan.Create(
            rows,
            await CatalogSnapshot.ReadAsync(connection, transaction, cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Applies a plan's rows in one transaction; where the catalog then has problems with what the files name, or
    /// problems that it did not have before, nothing is written.
    /// </summary>
    /// <returns>The plan as it was applied, or the problems that stopped it.</returns>
    /// <exception cref="CatalogException">A versioned definition would change.</exception>
    public async Task<(CatalogPlan Plan, IReadOnlyList<CatalogProblem> Problems)> ApplyAsync(
        IReadOnlyList<CatalogRow> rows, CancellationToken cancellationToken)
    {
        DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            CatalogPlan plan = await PlanAsync(rows, transaction, cancellationToken).ConfigureAwait(false);
            plan.RequireAllowed();
            HashSet<CatalogProblem> before =
                [.. await ReadProblemsAsync(connection, transaction, cancellationToken).ConfigureAwait(false)];
            foreach (CatalogStep step in plan.Steps)
            {
                await WriteAsync(step, transaction, cancellationToken).ConfigureAwait(false);
            }

            List<CatalogProblem> problems = plan.Steps.All(step => step.Action == CatalogAction.Keep)
                ? [.. before]
                : await ReadProblemsAsync(connection, transaction, cancellationToken).ConfigureAwait(false);
            problems = [.. problems.Where(problem => IsAbout(problem, rows) || !before.Contains(problem))];
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

    /// <summary>Whether a problem is about a row of the files.</summary>
    private static bool IsAbout(CatalogProblem problem, IReadOnlyList<CatalogRow> rows) =>
        (problem.ExperimentId, problem.MetricId) switch
        {
            ({ } experiment, _) => Names(rows, CatalogEntity.Experiment, experiment),
            (null, { } metric) => Names(rows, CatalogEntity.Metric, metric),
            _ when problem.Code == HoldoutProblem => rows.Any(row => row.Entity == CatalogEntity.Holdout),
            _ => rows.Any(row => row.Entity == CatalogEntity.Policy),
        };

    private static bool Names(IReadOnlyList<CatalogRow> rows, CatalogEntity entity, string id) =>
        rows.Any(row => row.Entity == entity && (string)row.Values[0]! == id);

    private async Task WriteAsync(CatalogStep step, DbTransaction transaction, CancellationToken cancellationToken)
    {
        switch (step.Action)
        {
            case CatalogAction.Keep:
                return;
            case CatalogAction.Insert:
                await InsertAsync(step.Row, transaction, cancellationToken).ConfigureAwait(false);
                return;
            case CatalogAction.Update:
                await UpdateAsync(step, transaction, cancellationToken).ConfigureAwait(false);
                return;
            default:
                throw new InvalidOperationException($"The action {step.Action} writes nothing.");
        }
    }

    private async Task InsertAsync(CatalogRow row, DbTransaction transaction, CancellationToken cancellationToken)
    {
        CatalogEntity entity = row.Entity;
        List<string> columns = [.. entity.Fields.SelectMany(field => field.Columns)];
        IEnumerable<string> values = columns.Select(column => entity == CatalogEntity.Metric && column == "valid_from"
            ? "COALESCE(@valid_from, SYSUTCDATETIME())"
            : "@" + column);
        using (DbCommand command = Db.Command(
            connection,
            $"INSERT INTO {entity.Table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", values)});",
            transaction))
        {
            for (int i = 0; i < row.Values.Length; i++)
            {
                AddParameter(command, entity.Fields[i], row.Values[i]);
            }

            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        if (entity == CatalogEntity.Metric && row["filters"] is CatalogFilters filters)
        {
            await InsertFiltersAsync(row, filters, transaction, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task InsertFiltersAsync(
        CatalogRow metric, CatalogFilters filters, DbTransaction transaction, CancellationToken cancellationToken)
    {
        // Rows without a metric are left of one that was deleted by hand; they are no part of the new one.
        using (DbCommand delete = Db.Command(
            connection,
            "DELETE FROM catalog.metric_filters WHERE metric_id = @metric_id AND metric_version = @metric_version;",
            transaction))
        {
            AddParameter(delete, metric.Entity.Fields[0], metric.Values[0]);
            AddParameter(delete, metric.Entity.Fields[1], metric.Values[1]);
            await delete.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (CatalogFilter filter in filters.Rows)
        {
            // Bounds travel as text: both engines read a decimal from it to the last digit.
            using DbCommand command = Db.Command(
                connection,
                """
                INSERT INTO catalog.metric_filters
                (
                    metric_id, metric_version, filter_number, value_number, attribute, operator, text_value, low_value,
                    high_value
                )
                VALUES
                (
                    @metric_id, @metric_version, @filter_number, @value_number, @attribute, @operator, @text_value,
                    CAST(@low_value AS decimal(28, 9)), CAST(@high_value AS decimal(28, 9))
                );
                """,
                transaction);
            AddParameter(command, metric.Entity.Fields[0], metric.Values[0]);
            AddParameter(command, metric.Entity.Fields[1], metric.Values[1]);
            command.WithInt("@filter_number", filter.Number)
                .WithInt("@value_number", filter.Place)
                .WithText("@attribute", filter.Attribute)
                .WithText("@operator", filter.Operator, 16)
                .WithText("@text_value", filter.Text, 400)
                .WithText("@low_value", filter.Low?.ToString(CultureInfo.InvariantCulture), 64)
                .WithText("@high_value", filter.High?.ToString(CultureInfo.InvariantCulture), 64);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task UpdateAsync(CatalogStep step, DbTransaction transaction, CancellationToken cancellationToken)
    {
        CatalogEntity entity = step.Row.Entity;
        IEnumerable<string> sets =
            step.Changes.SelectMany(change => change.Field.Columns).Select(column => $"{column} = @{column}");
        IEnumerable<string> keys = entity.Fields.Take(entity.KeyCount).Select(field => $"{field.Name} = @{field.Name}");
        using DbCommand command = Db.Command(
            connection,
            $"UPDATE {entity.Table} SET {string.Join(", ", sets)} WHERE {string.Join(" AND ", keys)};",
            transaction);
        for (int i = 0; i < entity.KeyCount; i++)
        {
            AddParameter(command, entity.Fields[i], step.Row.Values[i]);
        }

        foreach (CatalogChange change in step.Changes)
        {
            AddParameter(command, change.Field, change.To);
        }

        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static void AddParameter(DbCommand command, CatalogField field, object? value)
    {
        if (field.Kind == CatalogFieldKind.Filters)
        {
            return;
        }

        string name = "@" + field.Columns[0];
        _ = field.Kind switch
        {
            CatalogFieldKind.Text => command.WithText(name, (string?)value, field.Size),
            CatalogFieldKind.Int => command.WithInt(name, (int?)value),
            CatalogFieldKind.BigInt => command.WithBigInt(name, (long?)value),
            CatalogFieldKind.Float => command.WithFloat(name, (double?)value),
            CatalogFieldKind.Bit => command.WithBit(name, (bool?)value),
            CatalogFieldKind.Time => command.WithTime(name, (DateTime?)value),
            CatalogFieldKind.Metric => command.WithText(name, (value as MetricReference)?.Id)
                .WithInt("@" + field.Columns[1], (value as MetricReference)?.Version),
            _ => throw new InvalidOperationException($"The kind {field.Kind} has no parameter."),
        };
    }
}
