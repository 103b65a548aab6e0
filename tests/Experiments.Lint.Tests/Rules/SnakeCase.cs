using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 3: names in snake_case.</summary>
internal sealed class SnakeCase() : Rule("snake-case", "the name is not in snake_case", "write small letters, digits and single underscores")
{
    private static readonly FrozenSet<string> System = FrozenSet.ToFrozenSet(["INFORMATION_SCHEMA", "sys"], StringComparer.Ordinal);

    protected override IEnumerable<Hit> Find(Script script) =>
        from identifier in script.All<Identifier>()
        where !IsSnake(identifier.Value.TrimStart('@', '#')) && !IsOfTheServer(script, identifier)
        select Hit.At(identifier);

    private static bool IsSnake(string name) =>
        name.Length > 0 && char.IsAsciiLetterLower(name[0]) && !name.EndsWith('_')
        && !name.Contains("__", StringComparison.Ordinal)
        && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    private static bool IsOfTheServer(Script script, Identifier identifier) => script.Parent(identifier) switch
    {
        FunctionCall call when ReferenceEquals(call.FunctionName, identifier) => true,
        Permission => true,
        PrimaryExpression or ColumnDefinition => IsCollation(script.Parent(identifier)!, identifier),
        SchemaObjectName name => script.Parent(name) is DataTypeReference
            || (name.SchemaIdentifier is { } schema && System.Contains(schema.Value)),
        MultiPartIdentifier name => script.Parent(name) is DataTypeReference or PivotedTableReference
            || name.Identifiers.Any(static i => System.Contains(i.Value))
            || script.Ancestors(name).Any(a => Sources.Of(a).OfType<NamedTableReference>()
                .Any(static t => t.SchemaObject.SchemaIdentifier is { } schema && System.Contains(schema.Value))),
        _ => false,
    };

    private static bool IsCollation(TSqlFragment parent, Identifier identifier) => ReferenceEquals(
        parent is PrimaryExpression e ? e.Collation : (parent as ColumnDefinition)?.Collation, identifier);
}
