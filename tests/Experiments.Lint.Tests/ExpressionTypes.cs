using System.Collections.Frozen;
using System.Globalization;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests;

/// <summary>What a rule needs to know of a type; <see cref="Unknown"/> breaks no rule.</summary>
internal enum Kind
{
    Unknown,
    Null,
    Bit,
    Int,
    BigInt,
    Decimal,
    Float,
    Text,
    Unicode,
    Date,
    Time,
    Offset,
    Binary,
    Guid,
}

/// <summary>A column's type, and whether it comes from the raw layer unchanged.</summary>
internal readonly record struct TypedColumn(Kind Kind, bool IsRaw);

/// <summary>The columns of tables, views and inline functions by schema.name.</summary>
internal sealed class TableTypes
{
    private readonly Dictionary<string, IReadOnlyDictionary<string, TypedColumn>> _objects = new(StringComparer.Ordinal);

    internal static TableTypes None { get; } = new();

    internal IReadOnlyDictionary<string, TypedColumn>? Find(string name) => _objects.GetValueOrDefault(name);

    /// <summary>What the migrations create and what the definitions select from it, in the order of order.txt.</summary>
    internal static TableTypes OfRepository()
    {
        var known = new TableTypes();
        foreach (var path in Repository.Files("migrations"))
        {
            known = known.With(Script.Load(path, None).Tree);
        }

        foreach (var line in File.ReadAllLines(Path.Combine(Repository.Root, "database", "order.txt")))
        {
            var script = Script.Load("database/" + line.Trim(), known);
            var next = known.Copy();
            foreach (var view in script.All<ViewStatementBody>())
            {
                next._objects[Name(view.SchemaObjectName)] =
                    ByName(script.Types.Columns(view.SelectStatement.QueryExpression), [.. view.Columns.Select(static c => c.Value)]);
            }

            foreach (var function in script.All<FunctionStatementBody>())
            {
                if (function.ReturnType is SelectFunctionReturnType { SelectStatement.QueryExpression: { } query })
                {
                    next._objects[Name(function.Name)] = ByName(script.Types.Columns(query), []);
                }
            }

            known = next;
        }

        return known;
    }

    /// <summary>These and the tables that a script creates or widens.</summary>
    internal TableTypes With(TSqlScript script)
    {
        var next = Copy();
        var tables = new Definitions();
        script.Accept(tables);
        foreach (var (name, definition) in tables.Found)
        {
            var columns = new Dictionary<string, TypedColumn>(StringComparer.Ordinal);
            foreach (var (column, type) in next._objects.GetValueOrDefault(name) ?? new Dictionary<string, TypedColumn>())
            {
                columns[column] = type;
            }

            foreach (var column in definition.ColumnDefinitions)
            {
                columns[column.ColumnIdentifier.Value] =
                    new(ExpressionTypes.FromType(column.DataType), name.StartsWith("raw.", StringComparison.Ordinal));
            }

            next._objects[name] = columns;
        }

        return next;
    }

    internal static string Name(SchemaObjectName name) =>
        (name.SchemaIdentifier?.Value ?? "dbo") + "." + name.BaseIdentifier.Value;

    internal static IReadOnlyDictionary<string, TypedColumn> ByName(
        IReadOnlyList<(string? Name, TypedColumn Type)> columns, IReadOnlyList<string> names)
    {
        var result = new Dictionary<string, TypedColumn>(StringComparer.Ordinal);
        for (var i = 0; i < columns.Count; i++)
        {
            if ((i < names.Count ? names[i] : columns[i].Name) is { } name)
            {
                result.TryAdd(name, columns[i].Type);
            }
        }

        return result;
    }

    private TableTypes Copy()
    {
        var copy = new TableTypes();
        foreach (var (name, columns) in _objects)
        {
            copy._objects[name] = columns;
        }

        return copy;
    }

    private sealed class Definitions : TSqlFragmentVisitor
    {
        internal List<(string Name, TableDefinition Definition)> Found { get; } = [];

        public override void Visit(CreateTableStatement node) => Found.Add((Name(node.SchemaObjectName), node.Definition));

        public override void Visit(AlterTableAddTableElementStatement node) =>
            Found.Add((Name(node.SchemaObjectName), node.Definition));
    }
}

/// <summary>
/// The types of expressions, as far as the syntax and the declared columns tell: names are looked up in the sources of
/// the enclosing queries, through common table expressions, derived tables, temporary tables and views.
/// </summary>
internal sealed class ExpressionTypes(Script script, TableTypes tables)
{
    private static readonly FrozenDictionary<string, Kind> TypeNames = new Dictionary<string, Kind>
    {
        ["bit"] = Kind.Bit, ["tinyint"] = Kind.Int, ["smallint"] = Kind.Int, ["int"] = Kind.Int, ["bigint"] = Kind.BigInt,
        ["decimal"] = Kind.Decimal, ["numeric"] = Kind.Decimal, ["money"] = Kind.Decimal, ["smallmoney"] = Kind.Decimal,
        ["float"] = Kind.Float, ["real"] = Kind.Float, ["varchar"] = Kind.Text, ["char"] = Kind.Text, ["text"] = Kind.Text,
        ["nvarchar"] = Kind.Unicode, ["nchar"] = Kind.Unicode, ["ntext"] = Kind.Unicode, ["sysname"] = Kind.Unicode,
        ["date"] = Kind.Date, ["datetime"] = Kind.Time, ["datetime2"] = Kind.Time, ["smalldatetime"] = Kind.Time,
        ["datetimeoffset"] = Kind.Offset, ["binary"] = Kind.Binary, ["varbinary"] = Kind.Binary,
        ["uniqueidentifier"] = Kind.Guid,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, Kind> FunctionResults = new Dictionary<string, Kind>
    {
        ["COUNT"] = Kind.Int, ["COUNT_BIG"] = Kind.BigInt, ["ROW_NUMBER"] = Kind.BigInt, ["RANK"] = Kind.BigInt,
        ["DENSE_RANK"] = Kind.BigInt, ["NTILE"] = Kind.BigInt, ["LEN"] = Kind.Int, ["DATALENGTH"] = Kind.Int,
        ["CHARINDEX"] = Kind.Int, ["DATEDIFF"] = Kind.Int, ["DATEDIFF_BIG"] = Kind.BigInt, ["DATEPART"] = Kind.Int,
        ["YEAR"] = Kind.Int, ["MONTH"] = Kind.Int, ["DAY"] = Kind.Int, ["SQRT"] = Kind.Float, ["EXP"] = Kind.Float,
        ["LOG"] = Kind.Float, ["LOG10"] = Kind.Float, ["STDEV"] = Kind.Float, ["STDEVP"] = Kind.Float, ["VAR"] = Kind.Float,
        ["VARP"] = Kind.Float, ["PERCENTILE_CONT"] = Kind.Float, ["CONCAT"] = Kind.Text, ["SUBSTRING"] = Kind.Text,
        ["REPLACE"] = Kind.Text, ["UPPER"] = Kind.Text, ["LOWER"] = Kind.Text, ["TRIM"] = Kind.Text, ["LTRIM"] = Kind.Text,
        ["RTRIM"] = Kind.Text, ["STUFF"] = Kind.Text, ["TRANSLATE"] = Kind.Text, ["STRING_AGG"] = Kind.Text,
        ["REPLICATE"] = Kind.Text, ["CHAR"] = Kind.Text, ["SYSUTCDATETIME"] = Kind.Time, ["GETDATE"] = Kind.Time,
        ["GETUTCDATE"] = Kind.Time, ["SYSDATETIME"] = Kind.Time, ["SYSDATETIMEOFFSET"] = Kind.Offset,
        ["SWITCHOFFSET"] = Kind.Offset, ["HASHBYTES"] = Kind.Binary, ["NEWID"] = Kind.Guid, ["JSON_VALUE"] = Kind.Unicode,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Functions whose result has the type of one argument, by the argument's place.</summary>
    private static readonly FrozenDictionary<string, int> SameAsArgument = new Dictionary<string, int>
    {
        ["MIN"] = 0, ["MAX"] = 0, ["SUM"] = 0, ["AVG"] = 0, ["ABS"] = 0, ["ROUND"] = 0, ["FLOOR"] = 0, ["CEILING"] = 0,
        ["SIGN"] = 0, ["POWER"] = 0, ["LAG"] = 0, ["LEAD"] = 0, ["FIRST_VALUE"] = 0, ["LAST_VALUE"] = 0, ["ISNULL"] = 0,
        ["DATEADD"] = 2, ["EOMONTH"] = 0,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<TSqlFragment> _open = [];
    private readonly Dictionary<TSqlFragment, IReadOnlyList<(string? Name, TypedColumn Type)>> _queries = [];
    private readonly Dictionary<TSqlFragment, TypedColumn> _columns = [];

    internal static Kind FromType(DataTypeReference? type) => type switch
    {
        SqlDataTypeReference { Name: { } name } => TypeNames.GetValueOrDefault(name.BaseIdentifier.Value),
        UserDataTypeReference { Name: { } name } => TypeNames.GetValueOrDefault(name.BaseIdentifier.Value),
        _ => Kind.Unknown,
    };

    internal Kind Of(ScalarExpression? expression) => Type(expression).Kind;

    internal TypedColumn Type(ScalarExpression? expression) => expression switch
    {
        ColumnReferenceExpression e => Column(e),
        ParenthesisExpression e => Type(e.Expression),
        _ => new TypedColumn(KindOf(expression), false),
    };

    /// <summary>A query's columns, their names where they have one.</summary>
    internal IReadOnlyList<(string? Name, TypedColumn Type)> Columns(QueryExpression query)
    {
        if (_queries.TryGetValue(query, out var known))
        {
            return known;
        }

        if (!_open.Add(query))
        {
            return [];
        }

        known = Selected(query);
        _open.Remove(query);
        return _queries[query] = known;
    }

    private IReadOnlyList<(string? Name, TypedColumn Type)> Selected(QueryExpression query)
    {
        switch (query)
        {
            case QueryParenthesisExpression q:
                return Columns(q.QueryExpression);
            case BinaryQueryExpression q:
                var first = Columns(q.FirstQueryExpression);
                var second = Columns(q.SecondQueryExpression);
                return [.. first.Select((c, i) => (c.Name, i < second.Count ? Common(c.Type, second[i].Type) : c.Type))];
            case QuerySpecification q:
                return [.. q.SelectElements.OfType<SelectScalarExpression>().Select(e => (NameOf(e), Type(e.Expression)))];
            default:
                return [];
        }
    }

    internal static string? NameOf(SelectScalarExpression element) =>
        element.ColumnName?.Value ?? (element.Expression as ColumnReferenceExpression)?.MultiPartIdentifier?.Identifiers[^1].Value;

    private static TypedColumn Common(TypedColumn a, TypedColumn b) => new(Common(a.Kind, b.Kind), a.IsRaw && b.IsRaw);

    private static Kind Common(Kind a, Kind b) => (a, b) switch
    {
        (Kind.Null, _) => b,
        (_, Kind.Null) => a,
        (Kind.Unknown, _) or (_, Kind.Unknown) => Kind.Unknown,
        _ when a == b => a,
        (Kind.Float, Kind.Bit or Kind.Int or Kind.BigInt or Kind.Decimal) => a,
        (Kind.Bit or Kind.Int or Kind.BigInt or Kind.Decimal, Kind.Float) => b,
        (Kind.Decimal, Kind.Bit or Kind.Int or Kind.BigInt) => a,
        (Kind.Bit or Kind.Int or Kind.BigInt, Kind.Decimal) => b,
        (Kind.BigInt, Kind.Bit or Kind.Int) => a,
        (Kind.Bit or Kind.Int, Kind.BigInt) => b,
        (Kind.Int, Kind.Bit) => a,
        (Kind.Bit, Kind.Int) => b,
        (Kind.Text, _) when b != Kind.Unicode => b,
        (_, Kind.Text) when a != Kind.Unicode => a,
        (Kind.Unicode, Kind.Text) => a,
        (Kind.Text, Kind.Unicode) => b,
        (Kind.Time, Kind.Date) => a,
        (Kind.Date, Kind.Time) => b,
        _ => Kind.Unknown,
    };

    private Kind KindOf(ScalarExpression? expression) => expression switch
    {
        IntegerLiteral e => IsInt(e.Value) ? Kind.Int : Kind.Decimal,
        NumericLiteral => Kind.Decimal,
        RealLiteral => Kind.Float,
        StringLiteral e => e.IsNational ? Kind.Unicode : Kind.Text,
        NullLiteral => Kind.Null,
        BinaryLiteral => Kind.Binary,
        CastCall e => FromType(e.DataType),
        TryCastCall e => FromType(e.DataType),
        ConvertCall e => FromType(e.DataType),
        TryConvertCall e => FromType(e.DataType),
        UnaryExpression e => Of(e.Expression),
        VariableReference e => Variable(e.Name),
        GlobalVariableExpression => Kind.Int,
        BinaryExpression e => Common(Of(e.FirstExpression), Of(e.SecondExpression)),
        CoalesceExpression e => e.Expressions.Select(Of).Aggregate(Kind.Null, Common),
        NullIfExpression e => Of(e.FirstExpression),
        IIfCall e => Common(Of(e.ThenExpression), Of(e.ElseExpression)),
        CaseExpression e => Results(e).Select(Of).Aggregate(Kind.Null, Common),
        LeftFunctionCall or RightFunctionCall => Kind.Text,
        ParameterlessCall => Kind.Time,
        AtTimeZoneCall => Kind.Offset,
        ScalarSubquery e => Columns(e.QueryExpression) is [var (_, type)] ? type.Kind : Kind.Unknown,
        FunctionCall e => Function(e),
        _ => Kind.Unknown,
    };

    private static IEnumerable<ScalarExpression> Results(CaseExpression expression)
    {
        IEnumerable<ScalarExpression> branches = expression switch
        {
            SimpleCaseExpression e => e.WhenClauses.Select(static w => w.ThenExpression),
            SearchedCaseExpression e => e.WhenClauses.Select(static w => w.ThenExpression),
            _ => [],
        };
        return expression.ElseExpression is null ? branches : branches.Append(expression.ElseExpression);
    }

    private static bool IsInt(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private Kind Function(FunctionCall call)
    {
        var name = call.FunctionName.Value;
        return FunctionResults.TryGetValue(name, out var kind) ? kind
            : SameAsArgument.TryGetValue(name, out var place) && place < call.Parameters.Count ? Of(call.Parameters[place])
            : Kind.Unknown;
    }

    private Kind Variable(string name)
    {
        var declared = script.All<DeclareVariableElement>()
            .FirstOrDefault(d => string.Equals(d.VariableName.Value, name, StringComparison.Ordinal));
        return FromType(declared?.DataType);
    }

    private TypedColumn Column(ColumnReferenceExpression column)
    {
        if (_columns.TryGetValue(column, out var known))
        {
            return known;
        }

        if (column.MultiPartIdentifier is not { Identifiers: { } parts } || !_open.Add(column))
        {
            return default;
        }

        known = Found(column, parts[^1].Value, parts.Count > 1 ? parts[^2].Value : null);
        _open.Remove(column);
        return _columns[column] = known;
    }

    private TypedColumn Found(ColumnReferenceExpression column, string name, string? qualifier)
    {
        foreach (var scope in script.Ancestors(column))
        {
            foreach (var source in Sources.Of(scope))
            {
                if ((qualifier is null || string.Equals(Sources.Name(source), qualifier, StringComparison.Ordinal))
                    && ColumnsOf(source).TryGetValue(name, out var type))
                {
                    return type;
                }
            }
        }

        return default;
    }

    private IReadOnlyDictionary<string, TypedColumn> ColumnsOf(TableReference source)
    {
        switch (source)
        {
            case NamedTableReference { SchemaObject: { } name }:
                return name.SchemaIdentifier is null && Local(name.BaseIdentifier.Value, source) is { } local
                    ? local
                    : tables.Find(TableTypes.Name(name)) ?? TableTypes.ByName([], []);
            case QueryDerivedTable derived:
                return TableTypes.ByName(Columns(derived.QueryExpression), [.. derived.Columns.Select(static c => c.Value)]);
            case InlineDerivedTable { RowValues: [var row, ..] } values:
                return TableTypes.ByName(
                    [.. row.ColumnValues.Select(v => ((string?)null, new TypedColumn(Of(v), false)))],
                    [.. values.Columns.Select(static c => c.Value)]);
            case SchemaObjectFunctionTableReference { SchemaObject: { } name }:
                return tables.Find(TableTypes.Name(name)) ?? TableTypes.ByName([], []);
            default:
                return TableTypes.ByName([], []);
        }
    }

    private IReadOnlyDictionary<string, TypedColumn>? Local(string name, TSqlFragment at)
    {
        if (name.StartsWith('#'))
        {
            var into = script.All<SelectStatement>().FirstOrDefault(
                s => string.Equals(s.Into?.BaseIdentifier.Value, name, StringComparison.Ordinal));
            return into is null ? tables.Find("dbo." + name) : TableTypes.ByName(Columns(into.QueryExpression), []);
        }

        foreach (var statement in script.Ancestors(at).OfType<StatementWithCtesAndXmlNamespaces>())
        {
            var common = statement.WithCtesAndXmlNamespaces?.CommonTableExpressions
                .FirstOrDefault(c => string.Equals(c.ExpressionName.Value, name, StringComparison.Ordinal));
            if (common is not null)
            {
                return TableTypes.ByName(Columns(common.QueryExpression), [.. common.Columns.Select(static c => c.Value)]);
            }
        }

        return null;
    }
}
