using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Data;

namespace Experiments.Runner.Catalog;

/// <summary>The catalog's rows as they were at one time.</summary>
internal sealed class CatalogSnapshot
{
    private readonly Dictionary<CatalogEntity, Dictionary<string, CatalogRow>> _rows;

    /// <summary>Takes rows, no two of the same key.</summary>
    public CatalogSnapshot(IEnumerable<CatalogRow> rows)
    {
        ILookup<CatalogEntity, CatalogRow> byEntity = rows.ToLookup(row => row.Entity);
        _rows = CatalogEntity.All.ToDictionary(
            entity => entity,
            entity => byEntity[entity].ToDictionary(row => row.Key, StringComparer.Ordinal));
    }

    /// <summary>Reads the whole catalog.</summary>
    public static async Task<CatalogSnapshot> ReadAsync(
        DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        Dictionary<(string, int), CatalogFilters> filters =
            await ReadFiltersAsync(connection, transaction, cancellationToken).ConfigureAwait(false);
        List<CatalogRow> rows = [];
        foreach (CatalogEntity entity in CatalogEntity.All)
        {
            string columns = string.Join(
                ", ", entity.Fields.SelectMany(field => field.Columns).Select(column => "c." + column));
            using DbCommand command = Db.Command(
                connection, $"SELECT {columns} FROM {entity.Table} AS c;", transaction);
            rows.AddRange(await Db.QueryAsync(
                command, reader => Row(entity, reader, filters), cancellationToken).ConfigureAwait(false));
        }

        return new CatalogSnapshot(rows);
    }

    /// <summary>The row of a key, or null.</summary>
    public CatalogRow? Find(CatalogRow row) => _rows[row.Entity].GetValueOrDefault(row.Key);

    /// <summary>The rows of an entity by their keys; numbers and times are in their own order.</summary>
    public IReadOnlyList<CatalogRow> Of(CatalogEntity entity) =>
        [.. _rows[entity].Values.Order(Comparer<CatalogRow>.Create(CompareKeys))];

    private static int CompareKeys(CatalogRow left, CatalogRow right)
    {
        for (int i = 0; i < left.Entity.KeyCount; i++)
        {
            int order = (left.Values[i], right.Values[i]) switch
            {
                (string a, string b) => string.CompareOrdinal(a, b),
                (int a, int b) => a.CompareTo(b),
                (DateTime a, DateTime b) => a.CompareTo(b),
                _ => throw new InvalidOperationException($"The key {left.Entity.Fields[i].Name} has no order."),
            };
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    private static CatalogRow Row(
        CatalogEntity entity, DbDataReader reader, Dictionary<(string, int), CatalogFilters> filters)
    {
        object?[] values = new object?[entity.Fields.Count];
        int column = 0;
        for (int i = 0; i < values.Length; i++)
        {
            CatalogField field = entity.Fields[i];
            values[i] = field.Kind == CatalogFieldKind.Filters
                ? filters.GetValueOrDefault(((string)values[0]!, (int)values[1]!))
                : Value(reader, field.Kind, column);
            column += field.Columns.Count;
        }

        entity.FillDefaults(values);
        return new CatalogRow(entity, values, string.Empty);
    }

    private static object? Value(DbDataReader reader, CatalogFieldKind kind, int column)
    {
        if (reader.IsDBNull(column))
        {
            return null;
        }

        object value = reader.GetValue(column);
        return kind switch
        {
            CatalogFieldKind.Text => (string)value,
            CatalogFieldKind.Int => Convert.ToInt32(value, CultureInfo.InvariantCulture),
            CatalogFieldKind.BigInt => Convert.ToInt64(value, CultureInfo.InvariantCulture),
            CatalogFieldKind.Float => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            CatalogFieldKind.Bit => Convert.ToBoolean(value, CultureInfo.InvariantCulture),
            CatalogFieldKind.Time => DateTime.SpecifyKind((DateTime)value, DateTimeKind.Unspecified),
            CatalogFieldKind.Metric => new MetricReference(
                (string)value,
                reader.IsDBNull(column + 1)
                    ? 1 : Convert.ToInt32(reader.GetValue(column + 1), CultureInfo.InvariantCulture)),
            _ => throw new InvalidOperationException($"The kind {kind} is not read."),
        };
    }

    private static async Task<Dictionary<(string, int), CatalogFilters>> ReadFiltersAsync(
        DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT f.metric_id, f.metric_version, f.filter_number, f.value_number, f.attribute, f.operator,
                f.text_value, f.low_value, f.high_value
            FROM catalog.metric_filters AS f;
            """,
            transaction);
        List<((string, int) Metric, CatalogFilter Filter)> rows = await Db.QueryAsync(
            command,
            reader => (
                (reader.GetString(0), Convert.ToInt32(reader.GetValue(1), CultureInfo.InvariantCulture)),
                new CatalogFilter(
                    Convert.ToInt32(reader.GetValue(2), CultureInfo.InvariantCulture),
                    Convert.ToInt32(reader.GetValue(3), CultureInfo.InvariantCulture),
                    reader.GetString(4),
                    reader.GetString(5),
                    reader.Text(6),
                    reader.IsDBNull(7) ? null : Convert.ToDecimal(reader.GetValue(7), CultureInfo.InvariantCulture),
                    reader.IsDBNull(8) ? null : Convert.ToDecimal(reader.GetValue(8), CultureInfo.InvariantCulture))),
            cancellationToken).ConfigureAwait(false);
        return rows.GroupBy(row => row.Metric)
            .ToDictionary(group => group.Key, group => new CatalogFilters(group.Select(row => row.Filter)));
    }
}
