using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Experiments.Runner.Catalog;

/// <summary>
/// Reads catalog files, YAML or JSON: lists of policies, metrics, experiments and so on
/// (<see cref="CatalogEntity.Sections"/>) whose keys are the columns of their tables. An experiment holds its
/// variations, metrics, dimensions and weight changes. Everything wrong is said at once.
/// </summary>
internal sealed partial class CatalogReader
{
    private readonly List<CatalogRow> _rows = [];
    private readonly List<string> _errors = [];

    private CatalogReader()
    {
    }

    /// <summary>
    /// Reads one file, or every .yaml, .yml and .json file below a folder in the order of their names.
    /// </summary>
    /// <param name="path">A file or folder.</param>
    /// <returns>Rows in the order they are to be written: a row comes after the rows it refers to.</returns>
    /// <exception cref="CatalogException">Files break the format; each sentence names file and line.</exception>
    public static IReadOnlyList<CatalogRow> ReadPath(string path)
    {
        List<(string Path, string Name)> files = [];
        if (Directory.Exists(path))
        {
            files.AddRange(Directory.EnumerateFiles(path, "*.*", SearchOption.AllDirectories)
                .Where(IsCatalogFile)
                .Select(file => (file, Path.GetRelativePath(path, file).Replace('\\', '/')))
                .OrderBy(file => file.Item2, StringComparer.Ordinal));
            if (files.Count == 0)
            {
                throw new CatalogException($"The folder '{path}' has no .yaml, .yml or .json file.");
            }
        }
        else if (File.Exists(path))
        {
            files.Add((path, Path.GetFileName(path)));
        }
        else
        {
            throw new RunnerException(ExitCode.Failed, $"There is no file or folder '{path}'.");
        }

        CatalogReader reader = new();
        foreach ((string file, string name) in files)
        {
            using StreamReader text = new(file, new UTF8Encoding(false, true));
            reader.ReadFile(text, name);
        }

        return reader.Finish();
    }

    /// <summary>Reads one file's text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">Its name, for messages; one that ends in .json is JSON.</param>
    /// <returns>Its rows, in the order they are to be written.</returns>
    /// <exception cref="CatalogException">The file breaks the format.</exception>
    public static IReadOnlyList<CatalogRow> Read(TextReader text, string file)
    {
        CatalogReader reader = new();
        reader.ReadFile(text, file);
        return reader.Finish();
    }

    /// <summary>Whether a file is read as part of a folder.</summary>
    public static bool IsCatalogFile(string path) => IsJson(path) || Path.GetExtension(path) is ".yaml" or ".yml";

    /// <summary>Whether a file is JSON by its name.</summary>
    public static bool IsJson(string path) => Path.GetExtension(path) is ".json";

    private void ReadFile(TextReader text, string file)
    {
        YamlStream stream = [];
        try
        {
            if (IsJson(file))
            {
                stream.Load(new JsonEvents(text.ReadToEnd()));
            }
            else
            {
                stream.Load(text);
            }
        }
        catch (YamlException exception)
        {
            string format = IsJson(file) ? "JSON" : "YAML";
            string reason = exception.Message.Split('\n')[0].TrimEnd('.', ' ');
            _errors.Add($"{file} line {exception.Start.Line}: this is not {format}: {reason}.");
            return;
        }
        catch (DecoderFallbackException)
        {
            _errors.Add($"{file}: this is not a text file in UTF-8.");
            return;
        }

        if (stream.Documents.Count == 0)
        {
            _errors.Add($"{file} is empty: at least one of {CatalogEntity.Sections} is needed.");
            return;
        }

        FileReader reader = new(file, _rows, _errors);
        foreach (YamlDocument document in stream.Documents)
        {
            reader.ReadDocument(document.RootNode);
        }
    }

    private List<CatalogRow> Finish()
    {
        Dictionary<(CatalogEntity, string), CatalogRow> seen = [];
        foreach (CatalogRow row in _rows)
        {
            if (!seen.TryAdd((row.Entity, row.Key), row))
            {
                string first = seen[(row.Entity, row.Key)].Source;
                _errors.Add($"{row.Source}: {row.Label} is defined a second time; the first is {first}.");
            }
        }

        if (_errors.Count > 0)
        {
            throw new CatalogException(
                _errors,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The definitions have {_errors.Count} errors, listed above; nothing was written."));
        }

        return [.. CatalogEntity.All.SelectMany(entity => _rows.Where(row => row.Entity == entity))];
    }

    private sealed partial class FileReader(string file, List<CatalogRow> rows, List<string> errors)
    {
        private const string AnyText = "text";

        public void ReadDocument(YamlNode root)
        {
            if (root is not YamlMappingNode mapping)
            {
                Refuse(root, $"a mapping with the keys {CatalogEntity.Sections} is needed");
                return;
            }

            foreach ((YamlNode key, YamlNode value) in mapping)
            {
                string name = Name(key);
                if (CatalogEntity.All.FirstOrDefault(entity => !entity.IsChild && entity.Section == name) is not { } entity)
                {
                    Refuse(key, $"'{name}' is not a section; known: {CatalogEntity.Sections}");
                    continue;
                }

                foreach (YamlMappingNode item in Items(value, name))
                {
                    if (entity == CatalogEntity.Experiment)
                    {
                        AddExperiment(item);
                    }
                    else
                    {
                        AddRow(entity, item, null);
                    }
                }
            }
        }

        private void AddExperiment(YamlMappingNode item)
        {
            CatalogEntity[] children = [.. CatalogEntity.All.Where(entity => entity.IsChild)];
            object?[] experiment = AddRow(CatalogEntity.Experiment, item, null, children);
            string id = experiment[0] as string ?? string.Empty;
            foreach ((YamlNode key, YamlNode value) in item)
            {
                string name = Name(key);
                if (Array.Find(children, child => child.Section == name) is not { } entity || IsNull(value))
                {
                    continue;
                }

                if (entity == CatalogEntity.ExperimentDimension)
                {
                    AddDimensions(value, id);
                }
                else if (entity == CatalogEntity.WeightChange)
                {
                    AddWeightChanges(value, id);
                }
                else
                {
                    foreach (YamlMappingNode child in Items(value, name))
                    {
                        AddRow(entity, child, id);
                    }
                }
            }
        }

        private void AddDimensions(YamlNode node, string experimentId)
        {
            CatalogField field = CatalogEntity.ExperimentDimension.Fields[1];
            foreach (YamlNode item in Sequence(node, "dimensions"))
            {
                if (TryConvert(field, item, out object? value))
                {
                    if (value is null)
                    {
                        Refuse(item, "an item of 'dimensions' is the id of a dimension");
                        continue;
                    }

                    rows.Add(new CatalogRow(CatalogEntity.ExperimentDimension, [experimentId, value], Place(item)));
                }
            }
        }

        private void AddWeightChanges(YamlNode node, string experimentId)
        {
            const string allowed = "known: effective_at, weights";
            CatalogEntity entity = CatalogEntity.WeightChange;
            foreach (YamlMappingNode item in Items(node, "weight_changes"))
            {
                object? time = null;
                bool sound = true;
                YamlMappingNode? weights = null;
                foreach ((YamlNode key, YamlNode value) in item)
                {
                    switch (Name(key))
                    {
                        case "effective_at":
                            sound &= TryConvert(entity.Fields[1], value, out time);
                            break;
                        case "weights" when value is YamlMappingNode mapping:
                            weights = mapping;
                            break;
                        case "weights":
                            Refuse(value, "'weights' is a mapping of variations to weights");
                            sound = false;
                            break;
                        case var other:
                            Refuse(key, $"'{other}' is not a key of a weight change; {allowed}");
                            sound = false;
                            break;
                    }
                }

                if (sound && (time is null || weights is null))
                {
                    Refuse(item, $"a weight change needs the key '{(time is null ? "effective_at" : "weights")}'");
                    continue;
                }

                foreach ((YamlNode key, YamlNode value) in weights ?? [])
                {
                    if (TryConvert(entity.Fields[2], key, out object? variation)
                        & TryConvert(entity.Fields[3] with { Name = Name(key) }, value, out object? weight))
                    {
                        if (weight is null)
                        {
                            Refuse(value, $"'{Name(key)}' has no weight; {CatalogRange.Weight.Wanted} is needed");
                        }
                        else if (time is not null)
                        {
                            rows.Add(new CatalogRow(entity, [experimentId, time, variation, weight], Place(key)));
                        }
                    }
                }
            }
        }

        /// <summary>Reads one row; adds it where nothing is wrong with it.</summary>
        private object?[] AddRow(
            CatalogEntity entity, YamlMappingNode item, string? experimentId, params CatalogEntity[] children)
        {
            int errorsBefore = errors.Count;
            object?[] values = new object?[entity.Fields.Count];
            Dictionary<int, YamlNode> given = [];
            HashSet<int> wrong = [];
            int first = experimentId is null ? 0 : 1;
            if (experimentId is not null)
            {
                values[0] = experimentId;
            }

            foreach ((YamlNode key, YamlNode value) in item)
            {
                string name = Name(key);
                if (Array.Exists(children, child => child.Section == name))
                {
                    continue;
                }

                int index = entity.IndexOf(name);
                if (index < first)
                {
                    IEnumerable<string> known = entity.Fields.Skip(first).Select(field => field.Name)
                        .Concat(children.Select(child => child.Section));
                    Refuse(key, $"'{name}' is not a key of {Article(entity)}; known: {string.Join(", ", known)}");
                    continue;
                }

                if (!TryConvert(entity.Fields[index], value, out values[index]))
                {
                    wrong.Add(index);
                }
                else if (values[index] is not null)
                {
                    given[index] = value;
                }
            }

            for (int i = first; i < values.Length; i++)
            {
                if (entity.Fields[i].Required && !given.ContainsKey(i) && !wrong.Contains(i))
                {
                    Refuse(item, $"{Article(entity)} needs the key '{entity.Fields[i].Name}'");
                }
            }

            if (entity == CatalogEntity.Metric)
            {
                CheckMetric(item, values, given, wrong);
            }

            entity.FillDefaults(values);
            if (errors.Count == errorsBefore)
            {
                rows.Add(new CatalogRow(entity, values, Place(item)));
            }

            return values;
        }

        /// <summary>What a type of metric needs, and what it does not take.</summary>
        private void CheckMetric(
            YamlMappingNode item, object?[] values, Dictionary<int, YamlNode> given, HashSet<int> wrong)
        {
            if (MetricType.Of(values) is not { } type)
            {
                return;
            }

            CatalogEntity entity = CatalogEntity.Metric;
            foreach ((int index, YamlNode node) in given)
            {
                string name = entity.Fields[index].Name;
                if (!type.Has(name) && MetricType.WithKey(name) is { } types)
                {
                    Refuse(
                        node,
                        $"'{name}' is given for a metric of type {type.Name}; it belongs to {string.Join(", ", types)}");
                }
            }

            foreach (string name in type.Needs)
            {
                int index = entity.IndexOf(name);
                if (!given.ContainsKey(index) && !wrong.Contains(index))
                {
                    Refuse(item, $"a metric of type {type.Name} needs the key '{name}'");
                }
            }

            if (Given("aggregation") is { } aggregation
                && type.Has("aggregation")
                && !type.Aggregations.Contains((string)aggregation.Value, StringComparer.Ordinal))
            {
                Refuse(
                    aggregation.Node,
                    $"'aggregation' is '{aggregation.Value}'; allowed for a metric of type {type.Name}: "
                    + string.Join(", ", type.Aggregations));
            }

            if (Given("distinct_attribute") is { } attribute
                && type.Has("distinct_attribute")
                && (string?)values[entity.IndexOf("aggregation")] != "distinct_values")
            {
                Refuse(
                    attribute.Node,
                    $"'distinct_attribute' is '{attribute.Value}'; it belongs to the aggregation distinct_values");
            }

            if (Given("covariate") is { } covariate && Given("covariate_hours") is null
                && type.Has("covariate") && !wrong.Contains(entity.IndexOf("covariate_hours")))
            {
                Refuse(covariate.Node, "'covariate' needs the key 'covariate_hours' beside it");
            }

            (YamlNode Node, object Value)? Given(string name)
            {
                int index = entity.IndexOf(name);
                return given.TryGetValue(index, out YamlNode? node) ? (node, values[index]!) : null;
            }
        }

        /// <summary>Converts a value; false where it was refused. Null is a key without a value.</summary>
        private bool TryConvert(CatalogField field, YamlNode node, out object? value)
        {
            value = null;
            if (IsNull(node))
            {
                return true;
            }

            if (field.Kind == CatalogFieldKind.Metric)
            {
                return TryReference(field, node, out value);
            }

            if (field.Kind == CatalogFieldKind.Filters)
            {
                return TryFilters(node, out value);
            }

            if (node is not YamlScalarNode scalar)
            {
                return Refuse(node, $"'{field.Name}' is one value, not a list or a mapping");
            }

            string text = scalar.Value ?? string.Empty;
            value = field.Kind switch
            {
                CatalogFieldKind.Text => text,
                CatalogFieldKind.Int =>
                    int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int i)
                        ? i : null,
                CatalogFieldKind.BigInt =>
                    long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long l)
                        ? l : null,
                CatalogFieldKind.Float =>
                    double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double d)
                        && double.IsFinite(d) ? d : null,
                CatalogFieldKind.Bit => text switch { "true" => true, "false" => false, _ => null },
                CatalogFieldKind.Time => Time(text),
                _ => throw new InvalidOperationException($"The kind {field.Kind} is not read."),
            };
            if (value is null)
            {
                return Refuse(node, $"'{field.Name}' is '{text}'; {field.Range?.Wanted ?? Wanted(field.Kind)} is needed");
            }

            if (field.Range is { } range && !range.Holds(Convert.ToDouble(value, CultureInfo.InvariantCulture)))
            {
                return Refuse(node, $"'{field.Name}' is '{text}'; {range.Wanted} is needed");
            }

            return field.Kind != CatalogFieldKind.Text || IsText(field, node, text);
        }

        private bool IsText(CatalogField field, YamlNode node, string text)
        {
            if (field.Size > 0 && Encoding.UTF8.GetByteCount(text) > field.Size)
            {
                return Refuse(
                    node, string.Create(CultureInfo.InvariantCulture, $"'{field.Name}' is longer than {field.Size} bytes"));
            }

            if (field.Required && string.IsNullOrWhiteSpace(text))
            {
                return Refuse(node, $"'{field.Name}' is blank");
            }

            // A server finds 'a' and 'a ' equal, the local engine does not: an id has no blank at its ends.
            if (field.Required && text.Trim().Length != text.Length)
            {
                return Refuse(node, $"'{field.Name}' is '{text}'; text without blanks at its ends is needed");
            }

            return field.Allowed is not { } allowed || allowed.Contains(text, StringComparer.Ordinal)
                || Refuse(node, $"'{field.Name}' is '{text}'; allowed: {string.Join(", ", allowed)}");
        }

        private bool TryReference(CatalogField field, YamlNode node, out object? value)
        {
            CatalogEntity entity = CatalogEntity.Metric;
            value = null;
            if (node is YamlScalarNode)
            {
                if (!TryConvert(entity.Fields[0] with { Name = field.Name }, node, out object? name))
                {
                    return false;
                }

                value = new MetricReference((string)name!, 1);
                return true;
            }

            if (node is not YamlMappingNode mapping)
            {
                return Refuse(node, $"'{field.Name}' is a metric_id, or a mapping of metric_id and metric_version");
            }

            object?[] parts = [null, null];
            bool sound = true;
            foreach ((YamlNode key, YamlNode part) in mapping)
            {
                int index = entity.IndexOf(Name(key));
                sound &= index is 0 or 1
                    ? TryConvert(entity.Fields[index], part, out parts[index])
                    : Refuse(key, $"'{Name(key)}' is not a key of '{field.Name}'; known: metric_id, metric_version");
            }

            if (sound && parts[0] is null)
            {
                return Refuse(node, $"'{field.Name}' needs the key 'metric_id'");
            }

            value = sound ? new MetricReference((string)parts[0]!, (int)(parts[1] ?? 1)) : null;
            return sound;
        }

        private static DateTime? Time(string text)
        {
            if (!DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out DateTimeOffset time) || text.Length < 10 || !char.IsAsciiDigit(text[3]) || text[4] != '-')
            {
                return null;
            }

            // Columns are datetime2(6): a tick that does not fit would differ at every apply.
            long ticks = time.UtcTicks - (time.UtcTicks % 10);
            return new DateTime(ticks, DateTimeKind.Unspecified);
        }

        private static string Wanted(CatalogFieldKind kind) => kind switch
        {
            CatalogFieldKind.Int or CatalogFieldKind.BigInt => "a whole number",
            CatalogFieldKind.Float => "a number",
            CatalogFieldKind.Bit => "true or false",
            CatalogFieldKind.Time => "a time such as 2025-01-31 or 2025-01-31T09:00:00Z",
            _ => AnyText,
        };

        private IEnumerable<YamlMappingNode> Items(YamlNode node, string name)
        {
            foreach (YamlNode item in Sequence(node, name))
            {
                if (item is YamlMappingNode mapping)
                {
                    yield return mapping;
                }
                else
                {
                    Refuse(item, $"an item of '{name}' is a mapping of keys to values");
                }
            }
        }

        private YamlSequenceNode Sequence(YamlNode node, string name)
        {
            if (node is YamlSequenceNode sequence)
            {
                return sequence;
            }

            Refuse(node, $"'{name}' is a list");
            return new YamlSequenceNode();
        }

        /// <summary>The word of a key; a key that is a list or a mapping is no key of anything.</summary>
        private static string Name(YamlNode key) => (key as YamlScalarNode)?.Value ?? Shown(key);

        private static bool IsNull(YamlNode node) =>
            node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

        private static string Shown(YamlNode node) => node switch
        {
            YamlScalarNode scalar => $"'{scalar.Value}'",
            YamlSequenceNode => "a list",
            _ => "a mapping",
        };

        private static string Article(CatalogEntity entity) =>
            (entity.Noun[0] is 'e' ? "an " : "a ") + entity.Noun;

        private string Place(YamlNode node) =>
            string.Create(CultureInfo.InvariantCulture, $"{file} line {node.Start.Line}");

        private bool Refuse(YamlNode node, string sentence)
        {
            errors.Add($"{Place(node)}: {sentence}.");
            return false;
        }
    }
}
