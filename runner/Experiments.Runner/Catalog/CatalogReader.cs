using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Experiments.Runner.Catalog;

/// <summary>
/// Reads catalog files: YAML with the lists <c>policies</c>, <c>metrics</c> and <c>experiments</c>, whose keys are the
/// columns of their tables. An experiment holds its <c>variations</c> and its <c>metrics</c>.
/// </summary>
internal sealed class CatalogReader
{
    private const string Sections = "policies, metrics, experiments";

    /// <summary>Reads one file, or every .yaml and .yml file below a folder in the order of their names.</summary>
    /// <param name="path">A file or folder.</param>
    /// <returns>Rows in the order they are to be written: a row comes after the rows it refers to.</returns>
    /// <exception cref="CatalogException">The file breaks the format; the message names file and line.</exception>
    public static IReadOnlyList<CatalogRow> ReadPath(string path)
    {
        List<string> files = [];
        if (Directory.Exists(path))
        {
            files.AddRange(Directory.EnumerateFiles(path, "*.*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is ".yaml" or ".yml")
                .Order(StringComparer.Ordinal));
            if (files.Count == 0)
            {
                throw new CatalogException($"The folder '{path}' has no .yaml file.");
            }
        }
        else if (File.Exists(path))
        {
            files.Add(path);
        }
        else
        {
            throw new RunnerException(ExitCode.Failed, $"There is no file or folder '{path}'.");
        }

        List<CatalogRow> rows = [];
        foreach (string file in files)
        {
            using StreamReader reader = new(file, new UTF8Encoding(false, true));
            rows.AddRange(Read(reader, Path.GetFileName(file)));
        }

        return Order(rows);
    }

    /// <summary>Reads one file's text.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <returns>Its rows, in the order of the file.</returns>
    /// <exception cref="CatalogException">The file breaks the format.</exception>
    public static IReadOnlyList<CatalogRow> Read(TextReader reader, string file)
    {
        YamlStream stream = [];
        try
        {
            stream.Load(reader);
        }
        catch (YamlException exception)
        {
            string reason = exception.Message.Split('\n')[0].TrimEnd('.', ' ');
            throw new CatalogException($"{file} line {exception.Start.Line}: this is not YAML: {reason}.", exception);
        }
        catch (DecoderFallbackException exception)
        {
            throw new CatalogException($"{file}: this is not a text file in UTF-8.", exception);
        }

        if (stream.Documents.Count == 0)
        {
            throw new CatalogException($"{file} is empty: at least one of {Sections} is needed.");
        }

        List<CatalogRow> rows = [];
        foreach (YamlDocument document in stream.Documents)
        {
            new FileReader(file, rows).ReadDocument(document.RootNode);
        }

        RefuseRepeats(rows);
        return rows;
    }

    private static List<CatalogRow> Order(List<CatalogRow> rows)
    {
        RefuseRepeats(rows);
        CatalogEntity[] order =
        [
            CatalogEntity.Policy, CatalogEntity.Metric, CatalogEntity.Experiment, CatalogEntity.Variation,
            CatalogEntity.ExperimentMetric,
        ];
        return [.. rows.OrderBy(row => Array.IndexOf(order, row.Entity))];
    }

    private static void RefuseRepeats(List<CatalogRow> rows)
    {
        Dictionary<string, CatalogRow> seen = new(StringComparer.Ordinal);
        foreach (CatalogRow row in rows)
        {
            string key = row.Entity.Table + "\0" + string.Join('\0', row.Values.Take(row.Entity.KeyCount));
            if (!seen.TryAdd(key, row))
            {
                throw new CatalogException(
                    $"{row.Source}: {row.Label} is defined a second time; the first is {seen[key].Source}.");
            }
        }
    }

    private sealed class FileReader(string file, List<CatalogRow> rows)
    {
        public void ReadDocument(YamlNode root)
        {
            if (root is not YamlMappingNode mapping)
            {
                throw At(root, $"a mapping with the keys {Sections} is needed");
            }

            foreach ((YamlNode key, YamlNode value) in mapping)
            {
                switch (Name(key))
                {
                    case "policies":
                        foreach (YamlMappingNode item in Items(value, "policies"))
                        {
                            AddRow(CatalogEntity.Policy, item, null);
                        }

                        break;
                    case "metrics":
                        foreach (YamlMappingNode item in Items(value, "metrics"))
                        {
                            AddMetric(item);
                        }

                        break;
                    case "experiments":
                        foreach (YamlMappingNode item in Items(value, "experiments"))
                        {
                            AddExperiment(item);
                        }

                        break;
                    case var other:
                        throw At(key, $"'{other}' is not a section; known: {Sections}");
                }
            }
        }

        private void AddMetric(YamlMappingNode item)
        {
            CatalogRow row = AddRow(CatalogEntity.Metric, item, null);
            int type = Index(CatalogEntity.Metric, "metric_type");
            int threshold = Index(CatalogEntity.Metric, "threshold");
            if ((string)row.Values[type]! == "proportion")
            {
                row.Values[threshold] ??= 1.0;
            }
            else if (row.Values[threshold] is not null)
            {
                throw At(item, "'threshold' belongs to metrics of type proportion");
            }
        }

        private void AddExperiment(YamlMappingNode item)
        {
            CatalogRow experiment = AddRow(CatalogEntity.Experiment, item, null, "variations", "metrics");
            string id = (string)experiment.Values[0]!;
            experiment.Values[1] ??= id;
            foreach ((YamlNode key, YamlNode value) in item)
            {
                CatalogEntity? entity = Name(key) switch
                {
                    "variations" => CatalogEntity.Variation,
                    "metrics" => CatalogEntity.ExperimentMetric,
                    _ => null,
                };
                if (entity is not null)
                {
                    foreach (YamlMappingNode child in Items(value, Name(key)))
                    {
                        AddRow(entity, child, id);
                    }
                }
            }
        }

        private CatalogRow AddRow(
            CatalogEntity entity, YamlMappingNode item, string? experimentId, params string[] children)
        {
            object?[] values = new object?[entity.Fields.Count];
            bool[] given = new bool[values.Length];
            int first = experimentId is null ? 0 : 1;
            if (experimentId is not null)
            {
                values[0] = experimentId;
            }

            foreach ((YamlNode key, YamlNode value) in item)
            {
                string name = Name(key);
                if (children.Contains(name, StringComparer.Ordinal))
                {
                    continue;
                }

                int index = Index(entity, name);
                if (index < first)
                {
                    IEnumerable<string> known = entity.Fields.Skip(first).Select(field => field.Name).Concat(children);
                    throw At(key, $"'{name}' is not a key of {Article(entity)}; known: {string.Join(", ", known)}");
                }

                values[index] = Convert(entity.Fields[index], value);
                given[index] = values[index] is not null;
            }

            for (int i = first; i < values.Length; i++)
            {
                CatalogField field = entity.Fields[i];
                if (!given[i])
                {
                    if (field.Required)
                    {
                        throw At(item, $"{Article(entity)} needs the key '{field.Name}'");
                    }

                    values[i] = field.Default;
                }
            }

            CatalogRow row = new(entity, values, Place(item));
            rows.Add(row);
            return row;
        }

        private object? Convert(CatalogField field, YamlNode node)
        {
            if (node is not YamlScalarNode scalar)
            {
                throw At(node, $"'{field.Name}' is one value, not a list or a mapping");
            }

            string text = scalar.Value ?? string.Empty;
            if (scalar.Style == ScalarStyle.Plain && text is "" or "~" or "null")
            {
                return null;
            }

            object? value = field.Kind switch
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
                throw At(node, $"'{field.Name}' is '{text}'; {Wanted(field.Kind)} is needed");
            }

            if (field.Size > 0 && Encoding.UTF8.GetByteCount(text) > field.Size)
            {
                throw At(node, $"'{field.Name}' is longer than {field.Size} bytes");
            }

            if (field.Kind == CatalogFieldKind.Text && string.IsNullOrWhiteSpace(text) && field.Required)
            {
                throw At(node, $"'{field.Name}' is blank");
            }

            if (field.Allowed is { } allowed && !allowed.Contains(text, StringComparer.Ordinal))
            {
                throw At(node, $"'{field.Name}' is '{text}'; allowed: {string.Join(", ", allowed)}");
            }

            return value;
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
            _ => "text",
        };

        private IEnumerable<YamlMappingNode> Items(YamlNode node, string name)
        {
            if (node is not YamlSequenceNode sequence)
            {
                throw At(node, $"'{name}' is a list");
            }

            foreach (YamlNode item in sequence)
            {
                yield return item as YamlMappingNode
                    ?? throw At(item, $"an item of '{name}' is a mapping of keys to values");
            }
        }

        private string Name(YamlNode key) =>
            (key as YamlScalarNode)?.Value ?? throw At(key, "a key is a word");

        private static int Index(CatalogEntity entity, string name)
        {
            for (int i = 0; i < entity.Fields.Count; i++)
            {
                if (string.Equals(entity.Fields[i].Name, name, StringComparison.Ordinal))
                {
                    return i;
                }
            }

            return -1;
        }

        private static string Article(CatalogEntity entity) =>
            (entity.Noun[0] is 'e' ? "an " : "a ") + entity.Noun;

        private string Place(YamlNode node) => $"{file} line {node.Start.Line}";

        private CatalogException At(YamlNode node, string sentence) => new($"{Place(node)}: {sentence}.");
    }
}
