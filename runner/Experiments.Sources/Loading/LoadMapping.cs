using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Experiments.Sources;

/// <summary>
/// How the fields of a file become the columns of a source: renamed columns, constants, translated values, and rules
/// that send rows to quarantine. Part of a load's identity, so that one file can serve several sources and streams.
/// </summary>
public sealed class LoadMapping
{
    private LoadMapping(
        IReadOnlyDictionary<string, string> columns, IReadOnlyDictionary<string, string> constants,
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> values, IReadOnlyList<RejectRule> rules)
    {
        Columns = columns;
        Constants = constants;
        Values = values;
        Rules = rules;
        Canonical = ToJson();
        if (Encoding.UTF8.GetByteCount(Canonical) > 4000)
        {
            throw new LoadException("The mapping is longer than 4,000 bytes.");
        }

        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical)));
    }

    /// <summary>The mapping that takes every column by its own name.</summary>
    public static LoadMapping Identity { get; } = Parse([], [], [], []);

    /// <summary>Target column to source column.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; }

    /// <summary>Target column to constant.</summary>
    public IReadOnlyDictionary<string, string> Constants { get; }

    /// <summary>Target column to a table of source value and value.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Values { get; }

    /// <summary>Rows that match a rule land with its text and are quarantined in staging.</summary>
    public IReadOnlyList<RejectRule> Rules { get; }

    /// <summary>The mapping as JSON with sorted keys.</summary>
    public string Canonical { get; }

    /// <summary>SHA-256 of <see cref="Canonical"/>, in lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Reads the options of the command line.</summary>
    /// <param name="columns">Each <c>target=source,…</c>.</param>
    /// <param name="constants">Each <c>target=value,…</c>.</param>
    /// <param name="values">Each <c>target=from:to,from:to</c>.</param>
    /// <param name="rejects">Each <c>source=value,source=value</c>: all of them must hold.</param>
    /// <exception cref="LoadException">An option cannot be read, or says two things of one column.</exception>
    public static LoadMapping Parse(
        IEnumerable<string> columns, IEnumerable<string> constants, IEnumerable<string> values, IEnumerable<string> rejects)
    {
        var columnMap = Pairs("--columns", columns);
        var constantMap = Pairs("--set", constants);
        foreach (var target in constantMap.Keys)
        {
            if (columnMap.ContainsKey(target))
            {
                throw new LoadException($"The column '{target}' is given by --columns and by --set; one of them is enough.");
            }
        }

        var valueMap = new SortedDictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var option in values)
        {
            var (target, rest) = Split("--values", option, '=');
            var table = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var part in rest.Split(','))
            {
                var (from, to) = Split("--values", part, ':');
                if (!table.TryAdd(from, to))
                {
                    throw new LoadException($"--values translates '{from}' of '{target}' twice.");
                }
            }

            if (!valueMap.TryAdd(target, table))
            {
                throw new LoadException($"--values names the column '{target}' twice.");
            }
        }

        return new LoadMapping(columnMap, constantMap, valueMap, [.. rejects.Select(RejectRule.Parse)]);
    }

    /// <summary>The same with one column more that is the same on every line; one that is given already stays.</summary>
    internal LoadMapping With(string column, string value) =>
        Columns.ContainsKey(column) || Constants.ContainsKey(column)
            ? this
            : new LoadMapping(
                Columns, new Dictionary<string, string>(Constants, StringComparer.Ordinal) { [column] = value }, Values, Rules);

    /// <summary>Refuses a target column that the source does not have.</summary>
    internal void Check(SourceFormat format)
    {
        foreach (var target in Columns.Keys.Concat(Constants.Keys).Concat(Values.Keys))
        {
            if (!format.Columns.Contains(target))
            {
                throw new LoadException(
                    $"The source '{format.Name}' has no column '{target}'; it has {string.Join(", ", format.Columns)}.");
            }
        }
    }

    private static SortedDictionary<string, string> Pairs(string option, IEnumerable<string> texts)
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in texts.SelectMany(static t => t.Split(',')))
        {
            var (key, value) = Split(option, part, '=');
            if (!map.TryAdd(key, value))
            {
                throw new LoadException($"{option} names the column '{key}' twice.");
            }
        }

        return map;
    }

    internal static (string Key, string Value) Split(string option, string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at <= 0
            ? throw new LoadException($"{option} cannot read '{text}'; it takes name{separator}value.")
            : (text[..at].Trim(), text[(at + 1)..].Trim());
    }

    private string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            Write(json, "columns", Columns);
            Write(json, "set", Constants);
            json.WriteStartObject("values");
            foreach (var (target, table) in Values.OrderBy(static v => v.Key, StringComparer.Ordinal))
            {
                Write(json, target, table);
            }

            json.WriteEndObject();
            json.WriteStartArray("reject");
            foreach (var rule in Rules.Select(static r => r.Text).Order(StringComparer.Ordinal))
            {
                json.WriteStringValue(rule);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> map)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in map.OrderBy(static p => p.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}

/// <summary>Conditions on source columns that all must hold for a row to be quarantined.</summary>
/// <param name="Text">The rule as it was given.</param>
/// <param name="Conditions">Source column and value.</param>
public sealed record RejectRule(string Text, IReadOnlyList<(string Column, string Value)> Conditions)
{
    internal static RejectRule Parse(string text) => new(
        text, [.. text.Split(',').Select(static part => LoadMapping.Split("--reject", part, '='))]);
}
