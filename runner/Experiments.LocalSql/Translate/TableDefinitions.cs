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
            columns.Add(Column(column, identity, context, constraints, sequences));
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
        return new TablePlan([.. sequences, CreateSql(table, isTemporary, context.EnforceConstraints || isTemporary)], table);
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
            if (constraint.Sql is not null && enforce && constraint.Kind != Default)
            {
                sql.Append(", ").Append(constraint.Sql);
            }
        }

        return sql.Append(')').ToString();
    }

    /// <summary>The columns of the table that SELECT … INTO makes of a query.</summary>
    internal static List<CatalogColumn> ColumnsOf(BoundQuery query) =>
        [.. query.Columns.Select(static c => new CatalogColumn(
            c.Name, c.Type.Kind == SqlKind.Null ? SqlType.Int : c.Type, c.IsNullable))];

    /// <summary>A column as DuckDB declares it, with the length of text checked in bytes.</summary>
    internal static string ColumnSql(CatalogColumn column)
    {
        var sql = Quote.Name(column.Name) + " " + TypeRules.Native(column.Type);
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
        _ => "",
    };

    private static CatalogColumn Column(
        ColumnDefinition column, CatalogObject table, ITranslationScope context, List<CatalogConstraint> constraints,
        List<string> sequences)
    {
        if (column.ComputedColumnExpression is not null || column.DataType is null)
        {
            throw Refuse.Construct(column, "the computed column " + column.ColumnIdentifier.Value);
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
                var kind = key.IsPrimaryKey ? PrimaryKey : Unique;
                return new CatalogConstraint(
                    name ?? $"{(key.IsPrimaryKey ? "pk" : "uq")}_{table}", kind, names, definition,
                    (key.IsPrimaryKey ? "PRIMARY KEY (" : "UNIQUE (") + string.Join(", ", names.Select(Quote.Name)) + ")");
            case CheckConstraintDefinition check:
                var scope = new Scope(null);
                scope.Sources.Add(new Source(table, null,
                    [.. columns.Select(static c => new SourceColumn(c.Name, c.Type, c.IsNullable, Quote.Name(c.Name)))]));
                var predicate = new Translator(context, isDefinition: true).Predicate(check.CheckCondition, scope);
                return new CatalogConstraint(
                    name ?? $"ck_{table}_{column}", Check, column is null ? [] : [column], definition,
                    $"CHECK ({predicate})");
            case ForeignKeyConstraintDefinition:
                return new CatalogConstraint(name ?? $"fk_{table}", ForeignKey, [], definition, null);
            default:
                throw Refuse.Construct(constraint, Translator.Describe(constraint));
        }
    }

    /// <summary>A column that ALTER TABLE adds.</summary>
    internal static CatalogColumn Add(
        ColumnDefinition definition, CatalogObject table, ITranslationScope context, List<CatalogConstraint> constraints)
    {
        var column = Column(definition, table, context, constraints, []);
        return column.IsIdentity
            ? throw Refuse.Construct(definition, "an identity column added by ALTER TABLE")
            : column;
    }
}
