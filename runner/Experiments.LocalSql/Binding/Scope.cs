using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Binding;

/// <summary>
/// A translated expression: DuckDB text, T-SQL type, whether it may be NULL. <see cref="IsUtc"/> marks a
/// datetimeoffset whose offset is known to be zero, the only one that may become a datetime2.
/// </summary>
internal sealed record BoundExpression(string Sql, SqlType Type, bool IsNullable = true)
{
    internal bool IsUtc { get; init; }

    /// <summary>The digits of a numeric literal.</summary>
    internal string? NumericLiteral { get; init; }

    /// <summary>The characters of a string literal.</summary>
    internal string? TextLiteral { get; init; }

    /// <summary>
    /// Whether a text may end in blanks, which comparisons leave out. The text of a stored column ends in none: keys have a
    /// CHECK for that, and staging trims.
    /// </summary>
    internal bool MayEndInBlank { get; init; }

    /// <summary>The most characters that a text can have; null where only its type says.</summary>
    internal int? LongestText { get; init; }

    /// <summary>Whether a division by it cannot meet zero: NULLIF(x, 0), or a literal other than zero.</summary>
    internal bool IsNeverZero { get; init; }
}

/// <summary>A column that a query can name, with the DuckDB text that reads it.</summary>
internal sealed record SourceColumn(
    string Name, SqlType Type, bool IsNullable, string Sql, bool IsUtc = false, bool MayEndInBlank = false);

/// <summary>One table, view, function, derived table or CTE reference in a FROM clause.</summary>
internal sealed record Source(string Alias, string? Schema, IReadOnlyList<SourceColumn> Columns);

/// <summary>The names a query can see; an inner query sees its outer ones too.</summary>
internal sealed class Scope(Scope? outer)
{
    internal List<Source> Sources { get; } = [];

    /// <summary>Finds a column by name, optionally qualified; errors 207, 209 and 4104 as on the server.</summary>
    internal SourceColumn Resolve(MultiPartIdentifier name, TSqlFragment at)
    {
        var parts = name.Identifiers;
        var column = parts[^1].Value;
        var table = parts.Count > 1 ? parts[^2].Value : null;
        var schema = parts.Count > 2 ? parts[^3].Value : null;
        for (var scope = this; scope is not null; scope = scope.OuterScope)
        {
            SourceColumn? found = null;
            var tableSeen = false;
            foreach (var source in scope.Sources)
            {
                if (table is not null && !string.Equals(source.Alias, table, StringComparison.Ordinal)
                    || schema is not null && !string.Equals(source.Schema, schema, StringComparison.Ordinal))
                {
                    continue;
                }

                tableSeen = true;
                foreach (var candidate in source.Columns)
                {
                    if (!string.Equals(candidate.Name, column, StringComparison.Ordinal))
                    {
                        continue;
                    }

                    found = found is null
                        ? candidate
                        : throw Refuse.At(at, 209, $"Ambiguous column name '{column}'.");
                }
            }

            if (found is not null)
            {
                return found;
            }

            if (table is not null && tableSeen)
            {
                throw Refuse.At(at, 207, $"Invalid column name '{column}'.");
            }
        }

        throw table is null
            ? Refuse.At(at, 207, $"Invalid column name '{column}'.")
            : Refuse.At(at, 4104, $"The multi-part identifier \"{string.Join('.', parts.Select(static p => p.Value))}\" could not be bound.");
    }

    /// <summary>Whether a name means a column of this query itself, not of one around it.</summary>
    internal bool Owns(MultiPartIdentifier name)
    {
        var parts = name.Identifiers;
        var table = parts.Count > 1 ? parts[^2].Value : null;
        return Sources.Exists(s => (table is null || string.Equals(s.Alias, table, StringComparison.Ordinal))
            && s.Columns.Any(c => string.Equals(c.Name, parts[^1].Value, StringComparison.Ordinal)));
    }

    /// <summary>The query around this one.</summary>
    internal Scope? OuterScope { get; } = outer;
}
