namespace Experiments.LocalSql.Binding;

/// <summary>Names and literals as DuckDB reads them.</summary>
internal static class Quote
{
    internal static string Name(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    internal static string Name(string schema, string name) => Name(schema) + "." + Name(name);

    internal static string Text(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    internal static string TextOrNull(string? text) => text is null ? "NULL" : Text(text);
}
