using System.Globalization;
using System.Text.Json;

namespace Experiments.Runner.Tests.Recomputation;

internal sealed record Assignment(string Trial, string Unit, string Arm, long At);

internal sealed record Exposure(string Trial, string Unit, string Arm, long At);

/// <summary>An event that is no exposure; attributes that are no scalar are missing.</summary>
internal sealed record Happening(string Unit, string Name, long At, double? Value, Dictionary<string, string> Attributes);

/// <summary>
/// The files as they are meant: read line by line, without what is no record and no value, the first assignment of a
/// unit, the latest version of an event. Written from the descriptions of raw and staging, sharing nothing with them.
/// </summary>
internal sealed class LandedFiles
{
    private readonly Dictionary<(string Trial, string Unit), Assignment> _assignments = [];
    private readonly Dictionary<string, (long At, object Row)> _versions = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Unit, string Name, long From), string> _attributes = [];

    /// <param name="folder">The folder of the files.</param>
    /// <param name="names">Their names, in the order in which they were loaded.</param>
    public LandedFiles(string folder, params string[] names)
    {
        foreach (string name in names)
        {
            string path = Path.Combine(folder, name);
            IEnumerable<Dictionary<string, string>> records =
                name.EndsWith(".csv", StringComparison.Ordinal) ? Delimited(path) : Json(path);
            foreach (Dictionary<string, string> record in records)
            {
                Take(record);
            }
        }

        Exposures = [.. _versions.Values.Select(version => version.Row).OfType<Exposure>()];
        Happenings = [.. _versions.Values.Select(version => version.Row).OfType<Happening>()];
        Watermark = Math.Max(
            _versions.Values.Max(version => version.At), _assignments.Values.Max(assignment => assignment.At));
    }

    public IReadOnlyCollection<Assignment> Assignments => _assignments.Values;

    public IReadOnlyList<Exposure> Exposures { get; }

    public IReadOnlyList<Happening> Happenings { get; }

    /// <summary>The latest time in the data.</summary>
    public long Watermark { get; }

    /// <summary>Values of an attribute by unit, each with the time from which it holds.</summary>
    public ILookup<string, (long From, string Value)> Attribute(string name) => _attributes
        .Where(pair => pair.Key.Name == name)
        .ToLookup(pair => pair.Key.Unit, pair => (pair.Key.From, pair.Value), StringComparer.Ordinal);

    private void Take(Dictionary<string, string> record)
    {
        string? unit = Text(record, "unit_id");
        if (unit is null)
        {
            return;
        }

        if (record.ContainsKey("attribute"))
        {
            if (Text(record, "attribute") is { } name && Text(record, "attribute_value") is { } value
                && (Text(record, "valid_from") is { } from ? Clock.Read(from) : Clock.Of(DateTime.MinValue)) is { } since)
            {
                _attributes[(unit, name, since)] = value;
            }
        }
        else if (record.ContainsKey("assigned_at"))
        {
            if (Text(record, "experiment_id") is { } trial && Text(record, "variation_id") is { } arm
                && Text(record, "assigned_at") is { } time && Clock.Read(time) is { } at
                && (!_assignments.TryGetValue((trial, unit), out Assignment? first) || at < first.At))
            {
                _assignments[(trial, unit)] = new Assignment(trial, unit, arm, at);
            }
        }
        else if (Text(record, "event_id") is { } id && Text(record, "event_name") is { } name
            && Text(record, "event_at") is { } time && Clock.Read(time) is { } at)
        {
            TakeEvent(record, id, unit, name, at);
        }
    }

    private void TakeEvent(Dictionary<string, string> record, string id, string unit, string name, long at)
    {
        double? value = null;
        if (Text(record, "event_value") is { } written)
        {
            value = written switch
            {
                "true" => 1,
                "false" => 0,
                _ when double.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
                _ => null,
            };
            if (value is null)
            {
                return;
            }
        }

        object row;
        if (name == "exposure")
        {
            if (Text(record, "experiment_id") is not { } trial || Text(record, "variation_id") is not { } arm)
            {
                return;
            }

            row = new Exposure(trial, unit, arm, at);
        }
        else
        {
            row = new Happening(unit, name, at, value, Scalars(Text(record, "attributes")));
        }

        if (!_versions.TryGetValue(id, out (long At, object Row) known) || at >= known.At)
        {
            _versions[id] = (at, row);
        }
    }

    private static string? Text(Dictionary<string, string> record, string name) =>
        record.TryGetValue(name, out string? value) && value.Trim(' ') is { Length: > 0 } trimmed ? trimmed : null;

    private static Dictionary<string, string> Scalars(string? json)
    {
        Dictionary<string, string> scalars = new(StringComparer.Ordinal);
        if (json is null)
        {
            return scalars;
        }

        using JsonDocument document = JsonDocument.Parse(json);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (Scalar(property.Value) is { } text)
            {
                scalars[property.Name] = text;
            }
        }

        return scalars;
    }

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    private static IEnumerable<Dictionary<string, string>> Json(string path)
    {
        foreach (string line in File.ReadLines(path))
        {
            JsonDocument document;
            try
            {
                document = JsonDocument.Parse(line);
            }
            catch (JsonException)
            {
                continue;
            }

            using (document)
            {
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                {
                    continue;
                }

                Dictionary<string, string> record = new(StringComparer.Ordinal);
                foreach (JsonProperty property in document.RootElement.EnumerateObject())
                {
                    if (property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    {
                        record[property.Name] = property.Value.GetRawText();
                    }
                    else if (Scalar(property.Value) is { } text)
                    {
                        record[property.Name] = text;
                    }
                }

                yield return record;
            }
        }
    }

    private static IEnumerable<Dictionary<string, string>> Delimited(string path)
    {
        List<string>? header = null;
        foreach (string line in File.ReadLines(path))
        {
            List<string>? fields = Split(line);
            if (header is null)
            {
                header = fields ?? throw new InvalidDataException($"{path} has no header.");
            }
            else if (fields?.Count == header.Count)
            {
                yield return header.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
            }
        }
    }

    /// <summary>The fields of a line, null where its quotes are no quotes of RFC 4180.</summary>
    private static List<string>? Split(string line)
    {
        List<string> fields = [];
        int at = 0;
        while (true)
        {
            int end;
            if (at < line.Length && line[at] == '"')
            {
                end = at + 1;
                while (end < line.Length && (line[end] != '"' || (end + 1 < line.Length && line[end + 1] == '"')))
                {
                    end += line[end] == '"' ? 2 : 1;
                }

                if (end >= line.Length || (end + 1 < line.Length && line[end + 1] != ','))
                {
                    return null;
                }

                fields.Add(line[(at + 1)..end].Replace("\"\"", "\"", StringComparison.Ordinal));
                end++;
            }
            else
            {
                end = line.IndexOf(',', at) is var comma and >= 0 ? comma : line.Length;
                if (line.AsSpan(at, end - at).Contains('"'))
                {
                    return null;
                }

                fields.Add(line[at..end]);
            }

            if (end == line.Length)
            {
                return fields;
            }

            at = end + 1;
        }
    }
}
