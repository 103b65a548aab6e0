using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Experiments.Runner.Catalog;

/// <summary>
/// The catalog as the files that <see cref="CatalogReader"/> reads. Rows stand in the order of their keys, keys of a row
/// in the order of its fields, and what is a default is left out, so that the same catalog gives the same bytes.
/// </summary>
internal static class CatalogExport
{
    /// <summary>The lists of the whole catalog, by section; a list without rows is left out.</summary>
    public static IReadOnlyList<(string Section, JsonArray Rows)> Create(CatalogSnapshot catalog) =>
        Create(catalog, _ => true);

    /// <summary>One experiment and the rows that it refers to, directly or through other metrics.</summary>
    public static IReadOnlyList<(string Section, JsonArray Rows)> Create(CatalogSnapshot catalog, string experimentId)
    {
        CatalogRow experiment = catalog.Of(CatalogEntity.Experiment).First(row => Equals(row.Values[0], experimentId));
        HashSet<MetricReference> metrics = [];
        Queue<MetricReference> open = new(catalog.Of(CatalogEntity.ExperimentMetric)
            .Where(row => Equals(row.Values[0], experimentId))
            .Select(row => new MetricReference((string)row.Values[1]!, (int)row["metric_version"]!)));
        ILookup<MetricReference, CatalogRow> definitions = catalog.Of(CatalogEntity.Metric)
            .ToLookup(row => new MetricReference((string)row.Values[0]!, (int)row.Values[1]!));
        while (open.TryDequeue(out MetricReference? metric))
        {
            if (metrics.Add(metric))
            {
                foreach (MetricReference part in definitions[metric].SelectMany(row => row.Values)
                    .OfType<MetricReference>())
                {
                    open.Enqueue(part);
                }
            }
        }

        HashSet<object?> dimensions =
        [
            .. catalog.Of(CatalogEntity.ExperimentDimension).Where(row => Equals(row.Values[0], experimentId))
                .Select(row => row.Values[1]),
        ];
        return Create(catalog, row => row.Entity.Section switch
        {
            "policies" => Equals(row.Values[0], experiment["policy_id"])
                && Equals(row.Values[1], experiment["policy_version"]),
            "plans" => Equals(row.Values[0], experiment["plan_id"])
                && Equals(row.Values[1], experiment["plan_version"]),
            "dimensions" => dimensions.Contains(row.Values[0]),
            "layers" => Equals(row.Values[0], experiment["layer_id"]),
            "metrics" => metrics.Contains(new MetricReference((string)row.Values[0]!, (int)row.Values[1]!)),
            "experiments" => row == experiment,
            _ => false,
        });
    }

    /// <summary>Lists as a document.</summary>
    public static string Write(IEnumerable<(string Section, JsonArray Rows)> lists, bool isJson)
    {
        JsonObject document = [];
        foreach ((string section, JsonArray rows) in lists)
        {
            document[section] = rows.DeepClone();
        }

        if (!isJson)
        {
            return YamlText.Write(document);
        }

        JsonSerializerOptions options = new()
        {
            WriteIndented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        return document.ToJsonString(options) + "\n";
    }

    private static List<(string Section, JsonArray Rows)> Create(CatalogSnapshot catalog, Func<CatalogRow, bool> wanted)
    {
        List<(string, JsonArray)> lists = [];
        foreach (CatalogEntity entity in CatalogEntity.All.Where(entity => !entity.IsChild))
        {
            JsonArray rows = [];
            foreach (CatalogRow row in catalog.Of(entity).Where(wanted))
            {
                JsonObject item = Item(row, 0);
                if (entity == CatalogEntity.Experiment)
                {
                    AddChildren(item, catalog, row.Values[0]);
                }

                rows.Add((JsonNode)item);
            }

            if (rows.Count > 0)
            {
                lists.Add((entity.Section, rows));
            }
        }

        return lists;
    }

    private static void AddChildren(JsonObject item, CatalogSnapshot catalog, object? experimentId)
    {
        foreach (CatalogEntity entity in CatalogEntity.All.Where(entity => entity.IsChild))
        {
            CatalogRow[] rows = [.. catalog.Of(entity).Where(row => Equals(row.Values[0], experimentId))];
            if (rows.Length > 0)
            {
                item[entity.Section] = entity == CatalogEntity.WeightChange
                    ? WeightChanges(rows)
                    : entity == CatalogEntity.ExperimentDimension
                        ? new JsonArray([.. rows.Select(row => Node(row.Values[1]))])
                        : new JsonArray([.. rows.Select(row => Item(row, 1))]);
            }
        }
    }

    private static JsonArray WeightChanges(IEnumerable<CatalogRow> rows) => new(
    [
        .. rows.GroupBy(row => row.Values[1]).Select(change =>
        {
            JsonObject weights = [];
            foreach (CatalogRow row in change)
            {
                weights[(string)row.Values[2]!] = Node(row.Values[3]);
            }

            return new JsonObject { ["effective_at"] = Node(change.Key), ["weights"] = weights };
        }),
    ]);

    private static JsonObject Item(CatalogRow row, int first)
    {
        JsonObject item = [];
        for (int i = first; i < row.Values.Length; i++)
        {
            CatalogField field = row.Entity.Fields[i];
            if (row.Values[i] is { } value && (field.Required || !Equals(value, field.DefaultIn(row.Values))))
            {
                item[field.Name] = Node(value);
            }
        }

        return item;
    }

    private static JsonNode Node(object? value) => value switch
    {
        string text => JsonValue.Create(text),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        decimal number => JsonValue.Create(number),
        bool bit => JsonValue.Create(bit),
        DateTime time => JsonValue.Create(
            time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)),
        MetricReference { Version: 1 } metric => JsonValue.Create(metric.Id),
        MetricReference metric => new JsonObject { ["metric_id"] = metric.Id, ["metric_version"] = metric.Version },
        CatalogFilters filters => Filters(filters),
        _ => throw new InvalidOperationException($"The value {value} has no place in a file."),
    };

    private static JsonArray Filters(CatalogFilters filters) => filters.IsPlain
        ? new JsonArray([.. filters.Conditions.Select(Condition)])
        : new JsonArray([.. filters.Rows.Select(FilterRow)]);

    private static JsonObject Condition(IReadOnlyList<CatalogFilter> rows)
    {
        CatalogFilter first = rows[0];
        JsonObject item = new() { ["attribute"] = first.Attribute };
        switch (first.Operator)
        {
            case "equals":
                item["equals"] = first.Text;
                break;
            case "in":
                item["in"] = new JsonArray([.. rows.Select(row => JsonValue.Create(row.Text))]);
                break;
            case "range":
                JsonObject range = [];
                AddBound(range, "from", first.Low);
                AddBound(range, "to", first.High);
                item["range"] = range;
                break;
            case "is_null" or "not_null":
                item["is_null"] = first.Operator == "is_null";
                break;
            default:
                throw new InvalidOperationException($"The operator {first.Operator} is no condition.");
        }

        return item;
    }

    private static JsonObject FilterRow(CatalogFilter row)
    {
        JsonObject item = new()
        {
            ["filter_number"] = row.Number,
            ["value_number"] = row.Place,
            ["attribute"] = row.Attribute,
            ["operator"] = row.Operator,
        };
        if (row.Text is { } text)
        {
            item["text_value"] = text;
        }

        AddBound(item, "low_value", row.Low);
        AddBound(item, "high_value", row.High);
        return item;
    }

    private static void AddBound(JsonObject item, string name, decimal? bound)
    {
        if (bound is { } number)
        {
            item[name] = number;
        }
    }
}
