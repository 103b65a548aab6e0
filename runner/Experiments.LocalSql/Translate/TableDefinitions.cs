using System.Globalization;
using System.Text;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <summary>A table as DuckDB creates it: the statements to run, and the catalog entry.</summary>
internal sealed record TablePlan(IReadOnlyList<string> Statements, CatalogObject Table);

/// <summary>CREATE TABLE and ALTER TABLE: columns, types, named constraints.</summary>
internal static class TableDefinitions
{
    internal const string PrimaryKey = "PK";
    internal const string Unique = "UQ";
    internal const string Check = "C";
    internal const string ForeignKey = "F";
    internal const string Default = "D";

    /// <summary>CREATE UNIQUE INDEX; its <see cref="CatalogConstraint.Sql"/> is the filter, where it has one.</summary>
    internal const string UniqueIndex = "UX";

    /// <summary>What a key has in the place of NULL, of which it takes one; no key text ends in a blank.</summary>
    internal const string NullKey = "<NULL> ";

    /// <summary>Plans a CREATE TABLE.</summary>
    /// <param name="definition">Columns and table constraints.</param>
    /// <param name="identity">Schema, name, catalog id and native name of the table to make.</param>
    /// <param name="context">What names mean in CHECK and DEFAULT.</param>
    /// <param name="isTemporary">A #table or @table.</param>
    internal static TablePlan Create(
        TableDefinition definition, CatalogObject identity, ITranslationScope context, bool isTemporary)
    {
        var columns = new List<CatalogColumn>();
        var constraints = new List<CatalogConstraint>();
        var sequences = new List<string>();
        foreach (var column in definition.ColumnDefinitions)
        {
            columns.Add(column.ComputedColumnExpression is null
                ? Column(column, identity, context, constraints, sequences)
                : new CatalogColumn(column.ColumnIdentifier.Value, SqlType.Null, true));
        }

        for (var i = 0; i < columns.Count; i++)
        {
            if (definition.ColumnDefinitions[i].ComputedColumnExpression is not null)
            {
                columns[i] = Computed(definition.ColumnDefinitions[i], identity, columns, context);
            }
        }

        foreach (var constraint in definition.TableConstraints)
        {
            constraints.Add(Constraint(constraint, identity.Name, columns, context));
        }

        if (definition.Indexes.Count > 0)
        {
            throw Refuse.Construct(definition.Indexes[0], "an index inside CREATE TABLE");
        }

        foreach (var key in constraints.Where(static c => c.Kind == PrimaryKey))
        {
            columns = [.. columns.Select(c => key.Columns.Contains(c.Name) ? c with { IsNullable = false } : c)];
        }

        var table = identity with { Columns = columns, Constraints = constraints };
        var enforce = context.EnforceConstraints || isTemporary;
        return new TablePlan(
            [.. sequences, CreateSql(table, isTemporary, enforce), .. enforce ? Indexes(table).Select(static i => i.Sql) : []], table);
    }

    /// <summary>The DuckDB statement that creates a table of the catalog.</summary>
    /// <param name="table">Name, columns and constraints.</param>
    /// <param name="isTemporary">A #table or @table.</param>
    /// <param name="enforce">Whether keys and checks become DuckDB's; NOT NULL and lengths always do.</param>
    internal static string CreateSql(CatalogObject table, bool isTemporary, bool enforce)
    {
        var sql = new StringBuilder("CREATE ").Append(isTemporary ? "TEMP " : "").Append("TABLE ")
            .Append(table.NativeName).Append(" (")
            .AppendJoin(", ", table.Columns.Select(ColumnSql));
        foreach (var constraint in table.Constraints)
        {
            if (constraint.Sql is not null && enforce && constraint.Kind != Default && !IsIndex(constraint, table))
            {
                sql.Append(", ").Append(constraint.Sql);
            }
        }

        foreach (var key in enforce ? table.Constraints.Where(static c => c.Kind is PrimaryKey or Unique or UniqueIndex) : [])
        {
            var texts = key.Columns.Where(n => Find(table, n).Type.IsText).Select(static n => $"ends_with({Quote.Name(n)}, ' ')").ToList();
            if (texts.Count > 0)
            {
                sql.Append(CultureInfo.InvariantCulture, $", CHECK ((NOT ({string.Join(" OR ", texts)})) OR {BlankMark(key.Name)})");
            }
        }

        return sql.Append(')').ToString();
    }

    /// <summary>
    /// The indexes behind keys that DuckDB's own do not carry: the server takes one NULL in a UNIQUE column and any number
    /// of rows outside the filter of an index; DuckDB takes any number of NULLs.
    /// </summary>
    internal static IEnumerable<(string Name, string Sql)> Indexes(CatalogObject table)
    {
        foreach (var key in table.Constraints.Where(c => IsIndex(c, table)))
        {
            var name = Quote.Name(key.Name + " of " + table.NativeName);
            var values = key.Columns.Select(c => Find(table, c).IsNullable ? KeyExpression(Quote.Name(c)) : Quote.Name(c))
                .Select(v => key is { Kind: UniqueIndex, Sql: { } filter } ? $"(CASE WHEN {filter} THEN {v} END)" : v);
            yield return (name, $"CREATE UNIQUE INDEX {name} ON {table.NativeName} ({string.Join(", ", values)})");
        }
    }

    internal static bool IsIndex(CatalogConstraint constraint, CatalogObject table) =>
        constraint.Kind == UniqueIndex
        || constraint.Kind == Unique && constraint.Columns.Any(n => Find(table, n).IsNullable);

    /// <summary>A value of a key in which NULL is a value too, as DuckDB writes it in the messages of its errors.</summary>
    internal static string KeyExpression(string column) =>
        $"COALESCE(CAST({column} AS VARCHAR), CAST('{NullKey}' AS VARCHAR))";

    /// <summary>
    /// Text that is never true in a CHECK and comes back in DuckDB's message, which quotes the expression but not the name.
    /// </summary>
    internal static string CheckMark(string name) => $"({Quote.Text(name)} = '')";

    /// <summary>The same for the CHECK that keeps blanks off the end of a key.</summary>
    internal static string BlankMark(string name) => CheckMark("blank " + name);

    private static CatalogColumn Find(CatalogObject table, string name) =>
        table.Columns.First(c => string.Equals(c.Name, name, StringComparison.Ordinal));

    /// <summary>The columns of the table that SELECT … INTO makes of a query.</summary>
    internal static List<CatalogColumn> ColumnsOf(BoundQuery query) =>
        [.. query.Columns.Select(static c => new CatalogColumn(
            c.Name, c.Type.Kind == SqlKind.Null ? SqlType.Int : c.Type, c.IsNullable))];

    /// <summary>A column as DuckDB declares it, with the length of text checked in bytes.</summary>
    internal static string ColumnSql(CatalogColumn column)
    {
        var sql = Quote.Name(column.Name) + " " + TypeRules.Native(column.Type);
        if (column.ComputedSql is not null)
        {
            return sql + " GENERATED ALWAYS AS (" + column.ComputedSql + ") VIRTUAL";
        }

        if (column.DefaultSql is not null)
        {
            sql += " DEFAULT " + column.DefaultSql;
        }

        if (!column.IsNullable)
        {
            sql += " NOT NULL";
        }

        return sql + LengthCheck(column);
    }

    private static string LengthCheck(CatalogColumn column) => column.Type switch
    {
        { Length: SqlType.Max } => "",
        { Kind: SqlKind.VarChar } => string.Create(CultureInfo.InvariantCulture,
            $" CHECK (strlen({Quote.Name(column.Name)}) <= {column.Type.Length})"),
        { Kind: SqlKind.NVarChar } => string.Create(CultureInfo.InvariantCulture,
            $" CHECK (length({Quote.Name(column.Name)}) <= {column.Type.Length})"),
        { Kind: SqlKind.VarBinary } => string.Create(CultureInfo.InvariantCulture,
            $" CHECK (octet_length({Quote.Name(column.Name)}) <= {column.Type.Length})"),
        _ => "",
    };

    private static CatalogColumn Column(
        ColumnDefinition column, CatalogObject table, ITranslationScope context, List<CatalogConstraint> constraints,
        List<string> sequences)
    {
        if (column.DataType is null)
        {
            throw Refuse.Construct(column, "a column without a type: " + column.ColumnIdentifier.Value);
        }

        Refuse.UnlessDatabaseCollation(column.Collation);
        var name = column.ColumnIdentifier.Value;
        var type = TypeRules.FromName(column.DataType);
        var nullable = true;
        string? defaultSql = null;
        if (column.DefaultConstraint is { } standard)
        {
            defaultSql = DefaultOf(standard, type, context);
            constraints.Add(new CatalogConstraint(
                standard.ConstraintIdentifier?.Value ?? $"df_{table.Name}_{name}", Default, [name],
                Refuse.FullTextOf(standard.Expression), null));
        }

        foreach (var constraint in column.Constraints)
        {
            if (constraint is NullableConstraintDefinition n)
            {
                nullable = n.Nullable;
            }
            else
            {
                constraints.Add(Constraint(constraint, table.Name, [new CatalogColumn(name, type, nullable)], context, name));
            }
        }

        if (column.IdentityOptions is { } identity)
        {
            // A dropped table leaves its sequence behind, so that the name is of this table only.
            var sequence = Quote.Name(table.Schema, string.Create(
                CultureInfo.InvariantCulture, $"{table.Name}_{name}_seq_{table.ObjectId}"));
            sequences.Add(string.Create(CultureInfo.InvariantCulture,
                $"CREATE OR REPLACE SEQUENCE {sequence} START {Value(identity.IdentitySeed)} INCREMENT {Value(identity.IdentityIncrement)}"));
            defaultSql = $"nextval({Quote.Text(sequence)})";
            nullable = false;
        }

        return new CatalogColumn(name, type, nullable, column.IdentityOptions is not null, defaultSql);

        static string Value(ScalarExpression? expression) => expression is null ? "1" : ((Literal)expression).Value;
    }

    /// <summary>A column that is computed from the others when it is read.</summary>
    private static CatalogColumn Computed(
        ColumnDefinition column, CatalogObject table, IReadOnlyList<CatalogColumn> columns, ITranslationScope context)
    {
        var name = column.ColumnIdentifier.Value;
        if (column.Constraints.FirstOrDefault(static c => c is not NullableConstraintDefinition) is { } constraint)
        {
            throw Refuse.Construct(constraint, $"a constraint on the computed column {name}");
        }

        var value = new Translator(context, isDefinition: true)
            .Expression(column.ComputedColumnExpression, ColumnsOf(table.Name, columns));
        if (value.Type.Kind == SqlKind.Null)
        {
            throw Refuse.At(column, 8155, $"No column type was found for the computed column '{name}'.");
        }

        // Overflow may make NULL of most expressions, so that the server calls them nullable.
        var expression = column.ComputedColumnExpression;
        while (expression is ParenthesisExpression inner)
        {
            expression = inner.Expression;
        }

        var isNullable = !(column.IsPersisted && column.Constraints.OfType<NullableConstraintDefinition>().Any(static c => !c.Nullable)
            || expression is FunctionCall { FunctionName.Value: var function }
                && function.Equals("ISNULL", StringComparison.OrdinalIgnoreCase) && !value.IsNullable);
        return new CatalogColumn(name, value.Type, isNullable, ComputedSql: $"CAST({value.Sql} AS {TypeRules.Native(value.Type)})");
    }

    internal static string DefaultOf(DefaultConstraintDefinition constraint, SqlType type, ITranslationScope context)
    {
        var translator = new Translator(context, isDefinition: true);
        return Conversions.Implicit(
            translator.Expression(constraint.Expression, new Scope(null)), type, constraint).Sql;
    }

    /// <summary>A PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY; a foreign key is recorded, never created.</summary>
    internal static CatalogConstraint Constraint(
        ConstraintDefinition constraint, string table, IReadOnlyList<CatalogColumn> columns, ITranslationScope context,
        string? column = null)
    {
        var name = constraint.ConstraintIdentifier?.Value;
        var definition = Refuse.FullTextOf(constraint);
        switch (constraint)
        {
            case UniqueConstraintDefinition key:
                string[] names = key.Columns.Count > 0
                    ? [.. key.Columns.Select(static c => c.Column.MultiPartIdentifier.Identifiers[^1].Value)]
                    : [column!];
                if (names.FirstOrDefault(n => !columns.Any(c => string.Equals(c.Name, n, StringComparison.Ordinal))) is { } missing)
                {
                    throw Refuse.At(key, 1911, $"Column name '{missing}' does not exist in the target table or view.");
                }

                if (columns.FirstOrDefault(c => c.IsComputed && names.Contains(c.Name)) is { } computed)
                {
                    throw Refuse.Construct(key, $"a key of the computed column {computed.Name}");
                }

                var kind = key.IsPrimaryKey ? PrimaryKey : Unique;
                return new CatalogConstraint(
                    name ?? $"{(key.IsPrimaryKey ? "pk" : "uq")}_{table}", kind, names, definition,
                    (key.IsPrimaryKey ? "PRIMARY KEY (" : "UNIQUE (") + string.Join(", ", names.Select(Quote.Name)) + ")");
            case CheckConstraintDefinition check:
                var predicate = new Translator(context, isDefinition: true)
                    .Predicate(check.CheckCondition, ColumnsOf(table, columns));
                var called = name ?? $"ck_{table}_{column}";
                return new CatalogConstraint(
                    called, Check, column is null ? [] : [column], definition, $"CHECK ({predicate} OR {CheckMark(called)})");
            case ForeignKeyConstraintDefinition:
                return new CatalogConstraint(name ?? $"fk_{table}", ForeignKey, [], definition, null);
            default:
                throw Refuse.Construct(constraint, Translator.Describe(constraint));
        }
    }

    /// <summary>A unique index; its columns, and the filter beyond which it says nothing.</summary>
    internal static CatalogConstraint Index(CreateIndexStatement index, CatalogObject table, ITranslationScope context)
    {
        var names = index.Columns.Select(static c => c.Column.MultiPartIdentifier.Identifiers[^1].Value).ToList();
        if (names.Find(n => Find(table, n).IsComputed) is { } computed)
        {
            throw Refuse.Construct(index, $"a unique index of the computed column {computed}");
        }

        return new CatalogConstraint(
            index.Name.Value, UniqueIndex, names, Refuse.FullTextOf(index),
            index.FilterPredicate is { } filter
                ? new Translator(context, isDefinition: true).Predicate(filter, ColumnsOf(table.Name, table.Columns))
                : null);
    }

    private static Scope ColumnsOf(string table, IEnumerable<CatalogColumn> columns)
    {
        var scope = new Scope(null);
        scope.Sources.Add(new Source(table, null,
            [.. columns.Where(static c => !c.IsComputed && c.Type.Kind != SqlKind.Null)
                .Select(static c => new SourceColumn(c.Name, c.Type, c.IsNullable, Quote.Name(c.Name)))]));
        return scope;
    }

    /// <summary>A column that ALTER TABLE adds.</summary>
    internal static CatalogColumn Add(
        ColumnDefinition definition, CatalogObject table, ITranslationScope context, List<CatalogConstraint> constraints)
    {
        var column = definition.ComputedColumnExpression is null
            ? Column(definition, table, context, constraints, [])
            : Computed(definition, table, table.Columns, context);
        return column.IsIdentity
            ? throw Refuse.Construct(definition, "an identity column added by ALTER TABLE")
            : column;
    }
}
