using System.Globalization;
using System.Text;
using Experiments.Runner.Catalog;

namespace Experiments.Runner.Tests;

/// <summary>What is exported is read back as it was, whatever it is.</summary>
public sealed class CatalogExportTests
{
    private static readonly string[] Words =
    [
        "a", "b_2", "control", "true", "null", "no", "~", "1", "1e5", "-", "- x", "a: b", "x #y", "[z", "{", "'", "\"",
        "\\", "&a", "*a", "!t", "%d", "@", "`", ",", "a,b", "2025-01-01", "2025-01-01T00:00:00Z", "ä ö", "🦊",
        "line\nline", "tab\there", "\u0085", "\u2028", "\ufeff", "\u0001", "a  b", "0x1F", "=", "<<", ">", "|", "?", ":",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_catalog_comes_back_from_its_export(bool isJson)
    {
        for (int seed = 1; seed <= 300; seed++)
        {
            List<CatalogRow> rows = Catalog(new Random(seed));
            CatalogSnapshot catalog = new(rows);
            string text = CatalogExport.Write(CatalogExport.Create(catalog), isJson);
            using StringReader reader = new(text);

            IReadOnlyList<CatalogRow> back = CatalogReader.Read(reader, isJson ? "c.json" : "c.yaml");

            CatalogPlan plan = CatalogPlan.Create(back, catalog);
            Assert.Equal(rows.Count, back.Count);
            Assert.All(plan.Steps, step => Assert.True(
                step.Action == CatalogAction.Keep, $"seed {seed}: {step.Refusal ?? step.Row.Label}\n{text}"));
            Assert.Empty(plan.Left);
            Assert.Equal(text, CatalogExport.Write(CatalogExport.Create(new CatalogSnapshot(back)), isJson));
        }
    }

    [Fact]
    public void A_catalog_without_rows_is_a_document_without_lists()
    {
        string text = CatalogExport.Write(CatalogExport.Create(new CatalogSnapshot([])), isJson: false);
        using StringReader reader = new(text);

        Assert.Equal("{}\n", text);
        Assert.Empty(CatalogReader.Read(reader, "c.yaml"));
    }

    private static List<CatalogRow> Catalog(Random random)
    {
        List<CatalogRow> rows = [];
        foreach (CatalogEntity entity in CatalogEntity.All)
        {
            for (int i = random.Next(4); i > 0; i--)
            {
                object?[] values = Values(entity, random, rows);
                CatalogRow row = new(entity, values, string.Empty);
                bool hasParent = !entity.IsChild
                    || rows.Exists(parent => parent.Entity == CatalogEntity.Experiment && parent.Values[0] == values[0]);
                if (hasParent && !rows.Exists(other => other.Entity == entity && other.Key == row.Key))
                {
                    rows.Add(row);
                }
            }
        }

        return rows;
    }

    private static object?[] Values(CatalogEntity entity, Random random, List<CatalogRow> rows)
    {
        object?[] values = new object?[entity.Fields.Count];
        for (int i = 0; i < values.Length; i++)
        {
            CatalogField field = entity.Fields[i];
            if (i < entity.KeyCount || field.Required || random.Next(2) == 0)
            {
                values[i] = Value(field, random);
            }
        }

        CatalogRow[] experiments = [.. rows.Where(row => row.Entity == CatalogEntity.Experiment)];
        if (entity.IsChild && experiments.Length > 0)
        {
            values[0] = experiments[random.Next(experiments.Length)].Values[0];
        }

        if (entity == CatalogEntity.Metric)
        {
            MakeSound(values, random);
        }

        entity.FillDefaults(values);
        return values;
    }

    /// <summary>Leaves to a metric what its type takes.</summary>
    private static void MakeSound(object?[] values, Random random)
    {
        CatalogEntity entity = CatalogEntity.Metric;
        MetricType type = MetricType.Of(values)!;
        for (int i = 0; i < values.Length; i++)
        {
            string name = entity.Fields[i].Name;
            if (type.Needs.Contains(name))
            {
                values[i] ??= Value(entity.Fields[i], random);
            }
            else if (MetricType.WithKey(name) is not null && !type.Takes.Contains(name))
            {
                values[i] = null;
            }
        }

        int aggregation = entity.IndexOf("aggregation");
        if (values[aggregation] is not null)
        {
            values[aggregation] = type.Aggregations[random.Next(type.Aggregations.Length)];
        }

        if (!Equals(values[aggregation], "distinct_values"))
        {
            values[entity.IndexOf("distinct_attribute")] = null;
        }

        if (values[entity.IndexOf("covariate_hours")] is null)
        {
            values[entity.IndexOf("covariate")] = null;
        }
    }

    private static object? Value(CatalogField field, Random random) => field.Kind switch
    {
        CatalogFieldKind.Text when field.Allowed is { } allowed => allowed[random.Next(allowed.Length)],
        CatalogFieldKind.Text when field.Required => Word(random, field.Size).Trim() is { Length: > 0 } id ? id : "blank",
        CatalogFieldKind.Text => Word(random, field.Size),
        CatalogFieldKind.Int => random.Next(1, 4),
        CatalogFieldKind.BigInt => random.NextInt64(),
        CatalogFieldKind.Float when field.Range is null => (random.NextDouble() - .5) * Math.Pow(10, random.Next(-20, 20)),
        CatalogFieldKind.Float => random.Next(1, 1000) / 1001.0,
        CatalogFieldKind.Bit => random.Next(2) == 1,
        CatalogFieldKind.Time => new DateTime(2025, 1, 1).AddTicks(10 * random.NextInt64(1L << 44)),
        CatalogFieldKind.Metric => new MetricReference(Word(random).Trim() is { Length: > 0 } id ? id : "m", random.Next(1, 3)),
        CatalogFieldKind.Filters => new CatalogFilters([.. Enumerable.Range(1, random.Next(1, 4)).SelectMany(
            number => Filter(number, random))]),
        _ => throw new InvalidOperationException($"The kind {field.Kind} has no value here."),
    };

    private static IEnumerable<CatalogFilter> Filter(int number, Random random)
    {
        CatalogFilter filter = new(number, 1, Word(random).Trim() is { Length: > 0 } name ? name : "x", "", null, null, null);
        decimal low = decimal.Parse("123456789012345678.123456789", CultureInfo.InvariantCulture) * random.Next(-9, 9);
        return random.Next(7) switch
        {
            0 => [filter with { Operator = "equals", Text = Word(random) }],
            1 => [filter with { Operator = "in", Text = Word(random) }],
            2 => [filter with { Operator = "in", Text = "a" }, filter with { Operator = "in", Place = 2, Text = Word(random) }],
            3 => [filter with { Operator = "range", Low = low, High = low + .000000001m }],
            4 => [filter with { Operator = "range", High = low }],
            5 => [filter with { Operator = "is_null" }],
            _ => [filter with { Operator = "in", Text = "a" }, filter with { Operator = "not_null", Place = 2 }],
        };
    }

    private static string Word(Random random, int size = 128)
    {
        string word = string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Words[random.Next(Words.Length)]));
        return Encoding.UTF8.GetByteCount(word) <= size ? word : "a";
    }
}
