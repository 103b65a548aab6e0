using System.Globalization;

namespace Experiments.LocalSql.Binding;

/// <summary>
/// The catalog views of the server that tools and the project's own scripts read, with the server's names, types and
/// codes for the columns that are there (SQL Server 2019, "System catalog views" and "Information schema views").
/// </summary>
internal static class SystemViews
{
    /// <summary>What DB_NAME() and the messages of errors call the database.</summary>
    internal const string Database = "experiments";

    /// <summary>A table in the messages of errors: database, schema and name.</summary>
    internal static string FullName(CatalogObject? table) => table switch
    {
        null => "",
        { Schema: "tempdb" } => "tempdb.dbo." + table.Name,
        _ => Database + "." + table.FullName,
    };

    private static readonly SqlType Name = SqlType.NVarChar(128);

    /// <summary>Types by kind: the server's id, its bytes (0: as declared), precision and scale (−1: as declared).</summary>
    private static readonly (SqlKind Kind, int Id, int Bytes, int Precision, int Scale)[] Types =
    [
        (SqlKind.TinyInt, 48, 1, 3, 0), (SqlKind.SmallInt, 52, 2, 5, 0), (SqlKind.Int, 56, 4, 10, 0),
        (SqlKind.BigInt, 127, 8, 19, 0), (SqlKind.Bit, 104, 1, 1, 0), (SqlKind.Decimal, 106, 17, -1, -1),
        (SqlKind.Real, 59, 4, 24, 0), (SqlKind.Float, 62, 8, 53, 0), (SqlKind.Date, 40, 3, 10, 0),
        (SqlKind.Time, 41, 5, 15, 6), (SqlKind.DateTime, 61, 8, 23, 3), (SqlKind.DateTime2, 42, 8, 26, 6),
        (SqlKind.DateTimeOffset, 43, 10, 33, 6), (SqlKind.VarChar, 167, 0, 0, 0), (SqlKind.NVarChar, 231, 0, 0, 0),
        (SqlKind.VarBinary, 165, 0, 0, 0), (SqlKind.UniqueIdentifier, 36, 16, 0, 0),
    ];

    private static readonly (string Name, SqlType Type)[] ObjectColumns =
    [
        ("name", Name), ("object_id", SqlType.Int), ("schema_id", SqlType.Int), ("parent_object_id", SqlType.Int),
        ("type", SqlType.VarChar(2)), ("type_desc", SqlType.NVarChar(60)), ("create_date", SqlType.DateTime),
        ("modify_date", SqlType.DateTime),
    ];

    private static readonly (string Name, SqlType Type)[] ConstraintColumns =
    [
        ("name", Name), ("object_id", SqlType.Int), ("schema_id", SqlType.Int), ("parent_object_id", SqlType.Int),
        ("type", SqlType.VarChar(2)), ("type_desc", SqlType.NVarChar(60)),
    ];

    /// <summary>Schema, name, columns and the DuckDB query behind each view.</summary>
    private static readonly (string Schema, string Name, (string Name, SqlType Type)[] Columns, string Sql)[] Views =
    [
        ("sys", "schemas", [("name", Name), ("schema_id", SqlType.Int)], "SELECT name, schema_id FROM tsql.schemas"),
        ("sys", "objects", ObjectColumns, """
            SELECT o.object_name, o.object_id, s.schema_id, 0,
                CASE o.kind WHEN 'Table' THEN 'U' WHEN 'View' THEN 'V' WHEN 'Procedure' THEN 'P' ELSE 'IF' END,
                CASE o.kind WHEN 'Table' THEN 'USER_TABLE' WHEN 'View' THEN 'VIEW'
                    WHEN 'Procedure' THEN 'SQL_STORED_PROCEDURE' ELSE 'SQL_INLINE_TABLE_VALUED_FUNCTION' END,
                o.create_date, o.modify_date
            FROM tsql.objects AS o JOIN tsql.schemas AS s ON s.name = o.schema_name
            """),
        ("sys", "tables", ObjectColumns, "SELECT * FROM tsql.\"sys.objects\" WHERE \"type\" = 'U'"),
        ("sys", "views", ObjectColumns, "SELECT * FROM tsql.\"sys.objects\" WHERE \"type\" = 'V'"),
        ("sys", "procedures", ObjectColumns, "SELECT * FROM tsql.\"sys.objects\" WHERE \"type\" = 'P'"),
        ("sys", "types",
            [
                ("name", Name), ("system_type_id", SqlType.TinyInt), ("user_type_id", SqlType.Int),
                ("max_length", SqlType.SmallInt), ("precision", SqlType.TinyInt), ("scale", SqlType.TinyInt),
            ],
            "SELECT name, id, id, CASE bytes WHEN 0 THEN 8000 ELSE bytes END, greatest(\"precision\", 0), greatest(scale, 0) FROM "
                + TypeRows("t")),
        ("sys", "columns",
            [
                ("object_id", SqlType.Int), ("name", Name), ("column_id", SqlType.Int), ("system_type_id", SqlType.TinyInt),
                ("user_type_id", SqlType.Int), ("max_length", SqlType.SmallInt), ("precision", SqlType.TinyInt),
                ("scale", SqlType.TinyInt), ("is_nullable", SqlType.Bit), ("is_identity", SqlType.Bit),
                ("is_computed", SqlType.Bit),
            ],
            """
            SELECT c.object_id, c.name, c.column_id, t.id, t.id,
                CASE WHEN c.kind = 'Decimal' THEN CASE WHEN c."precision" <= 9 THEN 5 WHEN c."precision" <= 19 THEN 9
                        WHEN c."precision" <= 28 THEN 13 ELSE 17 END
                    WHEN t.bytes > 0 THEN t.bytes WHEN c.kind = 'NVarChar' AND c.length > 0 THEN 2 * c.length ELSE c.length END,
                CASE WHEN t."precision" < 0 THEN c."precision" ELSE t."precision" END,
                CASE WHEN t.scale < 0 THEN c.scale ELSE t.scale END, c.is_nullable, c.is_identity, c.computed_sql IS NOT NULL
            FROM tsql.columns AS c JOIN
            """ + " " + TypeRows("t") + " ON t.kind = c.kind"),
        ("sys", "sql_modules", [("object_id", SqlType.Int), ("definition", SqlType.NVarChar(SqlType.Max))],
            "SELECT object_id, definition FROM tsql.objects WHERE kind <> 'Table'"),
        ("sys", "indexes",
            [("object_id", SqlType.Int), ("name", Name)], "SELECT object_id, name FROM tsql.indexes"),
        ("sys", "key_constraints", ConstraintColumns, Constraints("'PK', 'UQ'")),
        ("sys", "check_constraints", [.. ConstraintColumns, ("definition", SqlType.NVarChar(SqlType.Max))],
            Constraints("'C'", ", c.definition")),
        ("sys", "default_constraints", [.. ConstraintColumns, ("definition", SqlType.NVarChar(SqlType.Max))],
            Constraints("'D'", ", c.definition")),
        ("sys", "foreign_keys", ConstraintColumns, Constraints("'F'")),
        ("INFORMATION_SCHEMA", "SCHEMATA",
            [("CATALOG_NAME", Name), ("SCHEMA_NAME", Name)], $"SELECT '{Database}', name FROM tsql.schemas"),
        ("INFORMATION_SCHEMA", "TABLES",
            [("TABLE_CATALOG", Name), ("TABLE_SCHEMA", Name), ("TABLE_NAME", Name), ("TABLE_TYPE", SqlType.VarChar(10))],
            $"""
            SELECT '{Database}', schema_name, object_name, CASE kind WHEN 'Table' THEN 'BASE TABLE' ELSE 'VIEW' END
            FROM tsql.objects WHERE kind IN ('Table', 'View')
            """),
        ("INFORMATION_SCHEMA", "VIEWS",
            [
                ("TABLE_CATALOG", Name), ("TABLE_SCHEMA", Name), ("TABLE_NAME", Name),
                ("VIEW_DEFINITION", SqlType.NVarChar(4000)),
            ],
            $"SELECT '{Database}', schema_name, object_name, left(definition, 4000) FROM tsql.objects WHERE kind = 'View'"),
        ("INFORMATION_SCHEMA", "ROUTINES",
            [
                ("ROUTINE_CATALOG", Name), ("ROUTINE_SCHEMA", Name), ("ROUTINE_NAME", Name),
                ("ROUTINE_TYPE", SqlType.NVarChar(20)), ("ROUTINE_DEFINITION", SqlType.NVarChar(4000)),
            ],
            $"""
            SELECT '{Database}', schema_name, object_name, CASE kind WHEN 'Procedure' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                left(definition, 4000)
            FROM tsql.objects WHERE kind IN ('Procedure', 'TableFunction')
            """),
        ("INFORMATION_SCHEMA", "COLUMNS",
            [
                ("TABLE_CATALOG", Name), ("TABLE_SCHEMA", Name), ("TABLE_NAME", Name), ("COLUMN_NAME", Name),
                ("ORDINAL_POSITION", SqlType.Int), ("IS_NULLABLE", SqlType.VarChar(3)), ("DATA_TYPE", Name),
                ("CHARACTER_MAXIMUM_LENGTH", SqlType.Int), ("NUMERIC_PRECISION", SqlType.TinyInt),
                ("NUMERIC_SCALE", SqlType.Int), ("DATETIME_PRECISION", SqlType.SmallInt),
            ],
            $"""
            SELECT '{Database}', o.schema_name, o.object_name, c.name, c.column_id,
                CASE WHEN c.is_nullable THEN 'YES' ELSE 'NO' END, lower(c.kind),
                CASE WHEN t.bytes = 0 THEN c.length END,
                CASE WHEN t.kind IN ('Date', 'Time', 'DateTime', 'DateTime2', 'DateTimeOffset', 'Bit') OR t."precision" = 0 THEN NULL
                    WHEN t."precision" < 0 THEN c."precision" ELSE t."precision" END,
                CASE WHEN t.scale < 0 THEN c.scale
                    WHEN t.kind IN ('TinyInt', 'SmallInt', 'Int', 'BigInt') THEN 0 END,
                CASE WHEN t.kind IN ('Time', 'DateTime', 'DateTime2', 'DateTimeOffset') THEN t.scale WHEN t.kind = 'Date' THEN 0 END
            FROM tsql.objects AS o JOIN tsql.columns AS c ON c.object_id = o.object_id JOIN
            """ + " " + TypeRows("t") + " ON t.kind = c.kind WHERE o.kind IN ('Table', 'View')"),
        ("INFORMATION_SCHEMA", "TABLE_CONSTRAINTS",
            [
                ("CONSTRAINT_CATALOG", Name), ("CONSTRAINT_SCHEMA", Name), ("CONSTRAINT_NAME", Name), ("TABLE_CATALOG", Name),
                ("TABLE_SCHEMA", Name), ("TABLE_NAME", Name), ("CONSTRAINT_TYPE", SqlType.VarChar(11)),
            ],
            $"""
            SELECT '{Database}', o.schema_name, c.name, '{Database}', o.schema_name, o.object_name,
                CASE c.kind WHEN 'PK' THEN 'PRIMARY KEY' WHEN 'UQ' THEN 'UNIQUE' WHEN 'C' THEN 'CHECK' ELSE 'FOREIGN KEY' END
            FROM tsql.constraints AS c JOIN tsql.objects AS o ON o.object_id = c.object_id WHERE c.kind IN ('PK', 'UQ', 'C', 'F')
            """),
    ];

    /// <summary>DuckDB views behind the system views; run for a new database, replaced when one is opened.</summary>
    internal static readonly string CreateSql = string.Join('\n', Views.Select(static v =>
        $"CREATE OR REPLACE VIEW {NativeName(v.Schema, v.Name)} ({string.Join(", ", v.Columns.Select(static c => Quote.Name(c.Name)))}) AS "
        + $"SELECT {string.Join(", ", v.Columns.Select(static (c, i) => FormattableString.Invariant($"CAST(v.c{i} AS {TypeRules.Native(c.Type)})")))} "
        + $"FROM ({v.Sql}) AS v({string.Join(", ", v.Columns.Select(static (_, i) => FormattableString.Invariant($"c{i}")))});"));

    internal static readonly IReadOnlyList<CatalogObject> All =
    [
        .. Views.Select(static v => new CatalogObject(
            0, v.Schema, v.Name, ObjectKind.View, "",
            [.. v.Columns.Select(static c => new CatalogColumn(c.Name, c.Type, IsNullable: true))], [],
            NativeName(v.Schema, v.Name))),
    ];

    private static string NativeName(string schema, string name) => Quote.Name(Catalog.SystemSchema, schema + "." + name);

    private static string TypeRows(string alias) => "(VALUES "
        + string.Join(", ", Types.Select(static t => string.Create(CultureInfo.InvariantCulture,
            $"('{t.Kind}', '{t.Kind.ToString().ToLowerInvariant()}', {t.Id}, {t.Bytes}, {t.Precision}, {t.Scale})")))
        + $") AS {alias}(kind, name, id, bytes, \"precision\", scale)";

    private static string Constraints(string kinds, string more = "") => $"""
        SELECT c.name, hash(c.object_id, c.name) % 1000000000, s.schema_id, c.object_id, c.kind,
            CASE c.kind WHEN 'PK' THEN 'PRIMARY_KEY_CONSTRAINT' WHEN 'UQ' THEN 'UNIQUE_CONSTRAINT'
                WHEN 'C' THEN 'CHECK_CONSTRAINT' WHEN 'D' THEN 'DEFAULT_CONSTRAINT' ELSE 'FOREIGN_KEY_CONSTRAINT' END{more}
        FROM tsql.constraints AS c JOIN tsql.objects AS o ON o.object_id = c.object_id
        JOIN tsql.schemas AS s ON s.name = o.schema_name WHERE c.kind IN ({kinds})
        """;
}
