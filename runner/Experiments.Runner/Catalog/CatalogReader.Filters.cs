using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Experiments.Runner.Catalog;

/// <summary>Filters of a metric: conditions, or rows of catalog.metric_filters as they are.</summary>
internal sealed partial class CatalogReader
{
    private sealed partial class FileReader
    {
        private static readonly CatalogField AttributeField =
            new("attribute", CatalogFieldKind.Text, 128, Required: true);

        private static readonly CatalogField OperatorField = new(
            "operator",
            CatalogFieldKind.Text,
            16,
            Required: true,
            Allowed: ["equals", "in", "range", "is_null", "not_null"]);

        private static readonly CatalogField TextField = new("text_value", CatalogFieldKind.Text, 400);

        private static readonly string[] Conditions = ["equals", "in", "range", "is_null"];

        private static readonly string[] FilterColumns =
            ["filter_number", "value_number", "attribute", "operator", "text_value", "low_value", "high_value"];

        private bool TryFilters(YamlNode node, out object? value)
        {
            int errorsBefore = errors.Count;
            List<CatalogFilter> filters = [];
            int number = 0;
            foreach (YamlMappingNode item in Items(node, "filters"))
            {
                // Conditions without a number of their own follow each other.
                number = Math.Max(number, filters.Select(filter => filter.Number).DefaultIfEmpty().Max()) + 1;
                if (item.Any(pair => Name(pair.Key) is "operator"))
                {
                    AddFilterRow(item, number, filters);
                }
                else
                {
                    AddCondition(item, number, filters);
                }
            }

            foreach (IGrouping<(int, int), CatalogFilter> same in filters.GroupBy(filter => (filter.Number, filter.Place)))
            {
                if (same.Count() > 1)
                {
                    Refuse(
                        node,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"'filters' has the filter_number {same.Key.Item1} with the value_number {same.Key.Item2} twice"));
                }
            }

            value = filters.Count == 0 ? null : new CatalogFilters(filters);
            return errors.Count == errorsBefore;
        }

        private void AddCondition(YamlMappingNode item, int number, List<CatalogFilter> filters)
        {
            const string known = "attribute, and one of equals, in, range, is_null";
            object? attribute = null;
            (string Name, YamlNode Node)? condition = null;
            bool sound = true;
            foreach ((YamlNode key, YamlNode value) in item)
            {
                string name = Name(key);
                if (name == "attribute")
                {
                    sound &= TryConvert(AttributeField, value, out attribute);
                }
                else if (Conditions.Contains(name, StringComparer.Ordinal) && condition is null)
                {
                    condition = (name, value);
                }
                else
                {
                    sound = Refuse(
                        key,
                        condition is { } first && Conditions.Contains(name, StringComparer.Ordinal)
                            ? $"'{name}' stands beside '{first.Name}'; a filter has one of them"
                            : $"'{name}' is not a key of a filter; known: {known}");
                }
            }

            if (sound && (attribute is null || condition is null))
            {
                sound = Refuse(item, $"a filter needs {known}");
            }

            if (sound)
            {
                (string name, YamlNode node) = condition!.Value;
                AddConditionRows(new CatalogFilter(number, 1, (string)attribute!, name, null, null, null), node, filters);
            }
        }

        private void AddConditionRows(CatalogFilter filter, YamlNode node, List<CatalogFilter> filters)
        {
            switch (filter.Operator)
            {
                case "equals":
                    if (TryText(node, "equals", out string? text))
                    {
                        filters.Add(filter with { Text = text });
                    }

                    break;
                case "in":
                    int place = 0;
                    foreach (YamlNode item in Sequence(node, "in"))
                    {
                        if (TryText(item, "in", out string? one))
                        {
                            place++;
                            filters.Add(filter with { Place = place, Text = one });
                        }
                    }

                    if (node is YamlSequenceNode { Children.Count: 0 })
                    {
                        Refuse(node, "'in' is empty; at least one value is needed");
                    }

                    break;
                case "range":
                    AddRange(filter, node, filters);
                    break;
                case "is_null":
                    if ((node as YamlScalarNode)?.Value is "true" or "false")
                    {
                        string word = ((YamlScalarNode)node).Value is "true" ? "is_null" : "not_null";
                        filters.Add(filter with { Operator = word });
                    }
                    else
                    {
                        Refuse(node, $"'is_null' is {Shown(node)}; true or false is needed");
                    }

                    break;
                case var other:
                    throw new InvalidOperationException($"The condition {other} is not read.");
            }
        }

        private void AddRange(CatalogFilter filter, YamlNode node, List<CatalogFilter> filters)
        {
            if (node is not YamlMappingNode mapping)
            {
                Refuse(node, "'range' is a mapping of from, to or both");
                return;
            }

            decimal? low = null;
            decimal? high = null;
            bool sound = true;
            foreach ((YamlNode key, YamlNode value) in mapping)
            {
                sound &= Name(key) switch
                {
                    "from" => TryDecimal("from", value, out low),
                    "to" => TryDecimal("to", value, out high),
                    var other => Refuse(key, $"'{other}' is not a key of 'range'; known: from, to"),
                };
            }

            if (sound && low is null && high is null)
            {
                Refuse(node, "'range' needs from, to or both");
            }
            else if (sound && low >= high)
            {
                Refuse(
                    node,
                    string.Create(
                        CultureInfo.InvariantCulture, $"'range' goes from {low} to {high}; from is needed below to"));
            }
            else if (sound)
            {
                filters.Add(filter with { Low = low, High = high });
            }
        }

        /// <summary>A row of catalog.metric_filters as it is.</summary>
        private void AddFilterRow(YamlMappingNode item, int number, List<CatalogFilter> filters)
        {
            int errorsBefore = errors.Count;
            object? filterNumber = null;
            object? place = null;
            object? attribute = null;
            object? word = null;
            object? text = null;
            decimal? low = null;
            decimal? high = null;
            foreach ((YamlNode key, YamlNode value) in item)
            {
                string name = Name(key);
                _ = name switch
                {
                    "filter_number" => TryConvert(new(name, CatalogFieldKind.Int), value, out filterNumber),
                    "value_number" => TryConvert(new(name, CatalogFieldKind.Int), value, out place),
                    "attribute" => TryConvert(AttributeField, value, out attribute),
                    "operator" => TryConvert(OperatorField, value, out word),
                    "text_value" => TryConvert(TextField, value, out text),
                    "low_value" => TryDecimal(name, value, out low),
                    "high_value" => TryDecimal(name, value, out high),
                    _ => Refuse(
                        key, $"'{name}' is not a key of a row of filters; known: {string.Join(", ", FilterColumns)}"),
                };
            }

            if (errors.Count == errorsBefore && (attribute is null || word is null))
            {
                Refuse(item, "a row of filters needs the keys 'attribute' and 'operator'");
            }

            if (errors.Count == errorsBefore)
            {
                filters.Add(new CatalogFilter(
                    (int)(filterNumber ?? number),
                    (int)(place ?? 1),
                    (string)attribute!,
                    (string)word!,
                    (string?)text,
                    low,
                    high));
            }
        }

        private bool TryText(YamlNode node, string name, out string? text)
        {
            text = null;
            if (IsNull(node))
            {
                return Refuse(node, $"'{name}' has no value; 'is_null: true' asks for events without one");
            }

            bool sound = TryConvert(TextField with { Name = name }, node, out object? value);
            text = value as string;
            return sound;
        }

        private bool TryDecimal(string name, YamlNode node, out decimal? value)
        {
            value = null;
            if (IsNull(node))
            {
                return true;
            }

            string? text = (node as YamlScalarNode)?.Value;
            if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
                || Math.Abs(number) >= 1e19m || decimal.Round(number, 9) != number)
            {
                return Refuse(
                    node, $"'{name}' is {Shown(node)}; a number below 1e19 with at most 9 decimals is needed");
            }

            value = number;
            return true;
        }
    }
}
