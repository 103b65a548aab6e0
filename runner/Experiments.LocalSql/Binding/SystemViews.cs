namespace Experiments.LocalSql.Binding;

/// <summary>The catalog views of the server that tools and the project's own scripts read.</summary>
internal static class SystemViews
{
    private static readonly SqlType Name = SqlType.NVarChar(128);

    /// <summary>DuckDB views behind the system views; run once for a new database, replaced when it is opened.</summary>
    internal const string CreateSql = """
        CREATE OR REPLACE VIEW tsql.sys_schemas AS SELECT name, schema_id FROM tsql.schemas;
        CREATE OR REPLACE VIEW tsql.sys_objects AS
            SELECT o.object_name AS name, o.object_id, s.schema_id,
                CASE o.kind WHEN 'Table' THEN 'U' WHEN 'View' THEN 'V' WHEN 'Procedure' THEN 'P' ELSE 'IF' END AS type,
                CASE o.kind WHEN 'Table' THEN 'USER_TABLE' WHEN 'View' THEN 'VIEW'
                    WHEN 'Procedure' THEN 'SQL_STORED_PROCEDURE' ELSE 'SQL_INLINE_TABLE_VALUED_FUNCTION' END AS type_desc,
                o.create_date, o.modify_date
            FROM tsql.objects AS o JOIN tsql.schemas AS s ON s.name = o.schema_name;
        CREATE OR REPLACE VIEW tsql.sys_tables AS SELECT * FROM tsql.sys_objects WHERE type = 'U';
        CREATE OR REPLACE VIEW tsql.sys_views AS SELECT * FROM tsql.sys_objects WHERE type = 'V';
        CREATE OR REPLACE VIEW tsql.sys_procedures AS SELECT * FROM tsql.sys_objects WHERE type = 'P';
        CREATE OR REPLACE VIEW tsql.sys_columns AS
            SELECT object_id, name, column_id, lower(kind) AS system_type_name, CAST(length AS SMALLINT) AS max_length,
                CAST("precision" AS UTINYINT) AS "precision", CAST(scale AS UTINYINT) AS scale, is_nullable, is_identity
            FROM tsql.columns;
        CREATE OR REPLACE VIEW tsql.sys_sql_modules AS
            SELECT object_id, definition FROM tsql.objects WHERE kind <> 'Table';
        CREATE OR REPLACE VIEW tsql.is_tables AS
            SELECT 'experiments' AS table_catalog, schema_name AS table_schema, object_name AS table_name,
                CASE kind WHEN 'Table' THEN 'BASE TABLE' ELSE 'VIEW' END AS table_type
            FROM tsql.objects WHERE kind IN ('Table', 'View');
        CREATE OR REPLACE VIEW tsql.is_columns AS
            SELECT 'experiments' AS table_catalog, o.schema_name AS table_schema, o.object_name AS table_name,
                c.name AS column_name, c.column_id AS ordinal_position,
                CASE WHEN c.is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, lower(c.kind) AS data_type,
                CASE WHEN c.kind IN ('VarChar', 'NVarChar', 'VarBinary') THEN c.length END AS character_maximum_length
            FROM tsql.objects AS o JOIN tsql.columns AS c ON c.object_id = o.object_id;
        """;

    internal static readonly IReadOnlyList<CatalogObject> All =
    [
        View("sys", "schemas", "sys_schemas", ("name", Name), ("schema_id", SqlType.Int)),
        View("sys", "objects", "sys_objects", ObjectColumns()),
        View("sys", "tables", "sys_tables", ObjectColumns()),
        View("sys", "views", "sys_views", ObjectColumns()),
        View("sys", "procedures", "sys_procedures", ObjectColumns()),
        View("sys", "columns", "sys_columns", ("object_id", SqlType.Int), ("name", Name), ("column_id", SqlType.Int),
            ("system_type_name", Name), ("max_length", SqlType.SmallInt), ("precision", SqlType.TinyInt),
            ("scale", SqlType.TinyInt), ("is_nullable", SqlType.Bit), ("is_identity", SqlType.Bit)),
        View("sys", "sql_modules", "sys_sql_modules", ("object_id", SqlType.Int),
            ("definition", SqlType.NVarChar(SqlType.Max))),
        View("INFORMATION_SCHEMA", "TABLES", "is_tables", ("TABLE_CATALOG", Name), ("TABLE_SCHEMA", Name),
            ("TABLE_NAME", Name), ("TABLE_TYPE", SqlType.VarChar(10))),
        View("INFORMATION_SCHEMA", "COLUMNS", "is_columns", ("TABLE_CATALOG", Name), ("TABLE_SCHEMA", Name),
            ("TABLE_NAME", Name), ("COLUMN_NAME", Name), ("ORDINAL_POSITION", SqlType.Int),
            ("IS_NULLABLE", SqlType.VarChar(3)), ("DATA_TYPE", Name), ("CHARACTER_MAXIMUM_LENGTH", SqlType.Int)),
    ];

    private static (string Name, SqlType Type)[] ObjectColumns() =>
    [
        ("name", Name), ("object_id", SqlType.Int), ("schema_id", SqlType.Int), ("type", SqlType.VarChar(2)),
        ("type_desc", Name), ("create_date", SqlType.DateTime), ("modify_date", SqlType.DateTime),
    ];

    private static CatalogObject View(
        string schema, string name, string native, params (string Name, SqlType Type)[] columns) =>
        new(0, schema, name, ObjectKind.View, "",
            [.. columns.Select(static c => new CatalogColumn(c.Name, c.Type, IsNullable: true))], [],
            Quote.Name(Catalog.SystemSchema, native));
}
