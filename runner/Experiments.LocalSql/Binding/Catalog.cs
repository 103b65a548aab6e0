using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Experiments.LocalSql.Native;
using Experiments.LocalSql.Translate;

namespace Experiments.LocalSql.Binding;

/// <summary>The kinds of object the engine keeps, with the two-letter codes of <c>sys.objects</c>.</summary>
internal enum ObjectKind
{
    Table,
    View,
    Procedure,
    TableFunction,
}

/// <summary>A column of a table, a view or a result.</summary>
internal sealed record CatalogColumn(
    string Name, SqlType Type, bool IsNullable, bool IsIdentity = false, string? DefaultSql = null, string? ComputedSql = null)
{
    /// <summary>Whether its value follows from the other columns, so that nobody writes it.</summary>
    internal bool IsComputed => ComputedSql is not null;
}

/// <summary>A named constraint as it was declared; <paramref name="Sql"/> is its DuckDB text where it has one.</summary>
internal sealed record CatalogConstraint(
    string Name, string Kind, IReadOnlyList<string> Columns, string Definition, string? Sql);

/// <summary>An object of the database. <paramref name="NativeName"/> is what DuckDB calls it, quoted.</summary>
internal sealed record CatalogObject(
    int ObjectId,
    string Schema,
    string Name,
    ObjectKind Kind,
    string Definition,
    IReadOnlyList<CatalogColumn> Columns,
    IReadOnlyList<CatalogConstraint> Constraints,
    string NativeName)
{
    internal string FullName => Schema + "." + Name;

    internal bool IsRelation => Kind is ObjectKind.Table or ObjectKind.View;
}

/// <summary>
/// What the database contains, in T-SQL's terms: schemas, objects, column types and constraints. It lives in tables of
/// the DuckDB schema <c>tsql</c>, inside the same transactions as the objects themselves, and is read into memory.
/// Names are compared case-sensitively, as a database of a binary collation does.
/// </summary>
internal sealed class Catalog
{
    internal const string SystemSchema = "tsql";

    private readonly Dictionary<string, CatalogObject> _objects = new(StringComparer.Ordinal);
    private readonly HashSet<string> _schemas = new(StringComparer.Ordinal);
    private int _lastObjectId = 1000;

    /// <summary>Grows with every change; a translation serves one version.</summary>
    internal int Version { get; private set; }

    internal IEnumerable<CatalogObject> Objects => _objects.Values;

    /// <summary>What a database of this engine has of its own; a file made by another version is brought up to it.</summary>
    private static readonly string Definitions = Convert.ToHexString(SHA256.HashData(
        Encoding.UTF8.GetBytes(SystemViews.CreateSql + Shims.CreateSql)));

    /// <summary>Whether the engine's own tables, views and macros are in the database, as this version makes them.</summary>
    internal static bool IsCurrent(DuckConnection connection)
    {
        try
        {
            using var statement = connection.Prepare("SELECT definitions FROM tsql.engine");
            using var rows = statement.Execute();
            return rows.Read() && rows.GetString(0) == Definitions;
        }
        catch (DuckException)
        {
            // A new database, or one from before this table.
            return false;
        }
    }

    /// <summary>Creates the engine's own tables in a new database, and its views and macros in any.</summary>
    internal static void Create(DuckConnection connection)
    {
        connection.Execute("""
            CREATE SCHEMA IF NOT EXISTS tsql;
            CREATE SCHEMA IF NOT EXISTS dbo;
            CREATE TABLE IF NOT EXISTS tsql.schemas (schema_id INTEGER NOT NULL, name VARCHAR NOT NULL);
            CREATE TABLE IF NOT EXISTS tsql.objects (
                object_id INTEGER NOT NULL, schema_name VARCHAR NOT NULL, object_name VARCHAR NOT NULL,
                kind VARCHAR NOT NULL, definition VARCHAR NOT NULL, create_date TIMESTAMP NOT NULL,
                modify_date TIMESTAMP NOT NULL);
            CREATE TABLE IF NOT EXISTS tsql.columns (
                object_id INTEGER NOT NULL, column_id INTEGER NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL,
                length INTEGER NOT NULL, "precision" INTEGER NOT NULL, scale INTEGER NOT NULL,
                is_nullable BOOLEAN NOT NULL, is_identity BOOLEAN NOT NULL, default_sql VARCHAR,
                type_name VARCHAR NOT NULL, computed_sql VARCHAR);
            ALTER TABLE tsql.columns ADD COLUMN IF NOT EXISTS computed_sql VARCHAR;
            CREATE TABLE IF NOT EXISTS tsql.constraints (
                object_id INTEGER NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, columns VARCHAR NOT NULL,
                definition VARCHAR NOT NULL, sql VARCHAR);
            CREATE TABLE IF NOT EXISTS tsql.indexes (
                object_id INTEGER NOT NULL, name VARCHAR NOT NULL, definition VARCHAR NOT NULL);
            INSERT INTO tsql.schemas SELECT * FROM (VALUES (1, 'dbo'), (3, 'INFORMATION_SCHEMA'), (4, 'sys')) AS s
                WHERE NOT EXISTS (SELECT 1 FROM tsql.schemas);
            """);
        connection.Execute(SystemViews.CreateSql);
        connection.Execute(Shims.CreateSql);
        connection.Execute("CREATE OR REPLACE TABLE tsql.engine AS SELECT " + Quote.Text(Definitions) + " AS definitions");
    }

    /// <summary>Reads the catalog of a connection's database.</summary>
    internal static Catalog Load(DuckConnection connection)
    {
        var catalog = new Catalog();
        using (var statement = connection.Prepare("SELECT name FROM tsql.schemas"))
        using (var rows = statement.Execute())
        {
            while (rows.Read())
            {
                catalog._schemas.Add(rows.GetString(0));
            }
        }

        var columns = ReadColumns(connection);
        var constraints = ReadConstraints(connection);
        using (var statement = connection.Prepare(
            "SELECT object_id, schema_name, object_name, kind, definition FROM tsql.objects"))
        using (var rows = statement.Execute())
        {
            while (rows.Read())
            {
                var id = rows.GetInt32(0);
                catalog.Put(new CatalogObject(
                    id, rows.GetString(1), rows.GetString(2), Enum.Parse<ObjectKind>(rows.GetString(3)),
                    rows.GetString(4),
                    columns.TryGetValue(id, out var c) ? c : [],
                    constraints.TryGetValue(id, out var k) ? k : [],
                    Quote.Name(rows.GetString(1), rows.GetString(2))));
                catalog._lastObjectId = Math.Max(catalog._lastObjectId, id);
            }
        }

        foreach (var view in SystemViews.All)
        {
            catalog.Put(view);
        }

        return catalog;
    }

    internal bool HasSchema(string name) => _schemas.Contains(name);

    internal CatalogObject? Find(string schema, string name) => _objects.GetValueOrDefault(schema + "." + name);

    internal int NextObjectId() => ++_lastObjectId;

    internal void AddSchema(DuckConnection connection, string name)
    {
        connection.Execute("CREATE SCHEMA " + Quote.Name(name));
        connection.Execute(string.Create(CultureInfo.InvariantCulture,
            $"INSERT INTO tsql.schemas SELECT 1 + max(schema_id), {Quote.Text(name)} FROM tsql.schemas"));
        _schemas.Add(name);
        Version++;
    }

    internal void RemoveSchema(DuckConnection connection, string name)
    {
        connection.Execute("DROP SCHEMA " + Quote.Name(name));
        connection.Execute($"DELETE FROM tsql.schemas WHERE name = {Quote.Text(name)}");
        _schemas.Remove(name);
        Version++;
    }

    /// <summary>Writes an object, in place of one of the same name, to the catalog's tables and to memory.</summary>
    internal void Save(DuckConnection connection, CatalogObject item)
    {
        var existing = Find(item.Schema, item.Name);
        if (existing is not null)
        {
            DeleteRows(connection, existing.ObjectId, keepIndexes: true);
        }

        var id = item.ObjectId.ToString(CultureInfo.InvariantCulture);
        using (var statement = connection.Prepare(
            "INSERT INTO tsql.objects VALUES ($1, $2, $3, $4, $5, $6, $6)"))
        {
            statement.Bind(1, item.ObjectId);
            statement.Bind(2, item.Schema);
            statement.Bind(3, item.Name);
            statement.Bind(4, item.Kind.ToString());
            statement.Bind(5, item.Definition);
            statement.Bind(6, DateTime.UtcNow);
            statement.Execute().Dispose();
        }

        if (item.Columns.Count > 0)
        {
            connection.Execute("INSERT INTO tsql.columns VALUES " + string.Join(", ", item.Columns.Select((column, i) =>
                string.Create(CultureInfo.InvariantCulture,
                    $"({id}, {i + 1}, {Quote.Text(column.Name)}, '{column.Type.Kind}', {column.Type.Length}, {column.Type.Precision}, {column.Type.Scale}, {(column.IsNullable ? "true" : "false")}, {(column.IsIdentity ? "true" : "false")}, {Quote.TextOrNull(column.DefaultSql)}, {Quote.Text(column.Type.ToString())}, {Quote.TextOrNull(column.ComputedSql)})"))));
        }

        foreach (var constraint in item.Constraints)
        {
            connection.Execute(
                $"INSERT INTO tsql.constraints VALUES ({id}, {Quote.Text(constraint.Name)}, " +
                $"{Quote.Text(constraint.Kind)}, {Quote.Text(string.Join('\n', constraint.Columns))}, " +
                $"{Quote.Text(constraint.Definition)}, {Quote.TextOrNull(constraint.Sql)})");
        }

        Put(item);
    }

    /// <summary>Gives an object another name in its schema.</summary>
    internal void Rename(DuckConnection connection, CatalogObject item, CatalogObject renamed)
    {
        connection.Execute(string.Create(CultureInfo.InvariantCulture,
            $"UPDATE tsql.objects SET object_name = {Quote.Text(renamed.Name)} WHERE object_id = {item.ObjectId}"));
        _objects.Remove(item.FullName);
        Put(renamed);
    }

    internal void Remove(DuckConnection connection, CatalogObject item)
    {
        DeleteRows(connection, item.ObjectId, keepIndexes: false);
        _objects.Remove(item.FullName);
        Version++;
    }

    internal static void AddIndex(DuckConnection connection, CatalogObject table, string name, string definition) =>
        connection.Execute(
            $"INSERT INTO tsql.indexes VALUES ({table.ObjectId.ToString(CultureInfo.InvariantCulture)}, " +
            $"{Quote.Text(name)}, {Quote.Text(definition)})");

    internal static void RemoveIndex(DuckConnection connection, CatalogObject table, string name) =>
        connection.Execute(
            $"DELETE FROM tsql.indexes WHERE object_id = {table.ObjectId.ToString(CultureInfo.InvariantCulture)} " +
            $"AND name = {Quote.Text(name)}");

    private static void DeleteRows(DuckConnection connection, int objectId, bool keepIndexes)
    {
        var id = objectId.ToString(CultureInfo.InvariantCulture);
        connection.Execute($"DELETE FROM tsql.objects WHERE object_id = {id}");
        connection.Execute($"DELETE FROM tsql.columns WHERE object_id = {id}");
        connection.Execute($"DELETE FROM tsql.constraints WHERE object_id = {id}");
        if (!keepIndexes)
        {
            connection.Execute($"DELETE FROM tsql.indexes WHERE object_id = {id}");
        }
    }

    private static Dictionary<int, List<CatalogConstraint>> ReadConstraints(DuckConnection connection)
    {
        var constraints = new Dictionary<int, List<CatalogConstraint>>();
        using var statement = connection.Prepare(
            "SELECT object_id, name, kind, columns, definition, sql FROM tsql.constraints ORDER BY object_id, name");
        using var rows = statement.Execute();
        while (rows.Read())
        {
            if (!constraints.TryGetValue(rows.GetInt32(0), out var list))
            {
                constraints.Add(rows.GetInt32(0), list = []);
            }

            list.Add(new CatalogConstraint(
                rows.GetString(1), rows.GetString(2),
                rows.GetString(3).Split('\n', StringSplitOptions.RemoveEmptyEntries),
                rows.GetString(4), rows.IsNull(5) ? null : rows.GetString(5)));
        }

        return constraints;
    }

    private static Dictionary<int, List<CatalogColumn>> ReadColumns(DuckConnection connection)
    {
        var columns = new Dictionary<int, List<CatalogColumn>>();
        using var statement = connection.Prepare(
            "SELECT object_id, name, kind, length, \"precision\", scale, is_nullable, is_identity, default_sql, computed_sql " +
            "FROM tsql.columns ORDER BY object_id, column_id");
        using var rows = statement.Execute();
        while (rows.Read())
        {
            if (!columns.TryGetValue(rows.GetInt32(0), out var list))
            {
                columns.Add(rows.GetInt32(0), list = []);
            }

            list.Add(new CatalogColumn(
                rows.GetString(1),
                new SqlType(Enum.Parse<SqlKind>(rows.GetString(2)), rows.GetInt32(3), rows.GetInt32(4),
                    rows.GetInt32(5)),
                rows.GetBoolean(6), rows.GetBoolean(7), rows.IsNull(8) ? null : rows.GetString(8),
                rows.IsNull(9) ? null : rows.GetString(9)));
        }

        return columns;
    }

    private void Put(CatalogObject item)
    {
        _objects[item.FullName] = item;
        Version++;
    }
}
