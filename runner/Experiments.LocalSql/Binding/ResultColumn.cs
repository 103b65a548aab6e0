namespace Experiments.LocalSql.Binding;

/// <summary>A column of a result set; a column without a name has an empty one, as in SQL Server.</summary>
internal sealed record ResultColumn(string Name, SqlType Type, bool IsNullable);
