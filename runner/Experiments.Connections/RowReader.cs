using System.Collections;
using System.Data.Common;

namespace Experiments.Connections;

/// <summary>Rows in memory as a data reader, for SqlBulkCopy.</summary>
internal sealed class RowReader(List<object[]> rows, int width) : DbDataReader
{
    private int _position = -1;

    public override int Depth => 0;

    public override int FieldCount => width;

    public override bool HasRows => rows.Count > 0;

    public override bool IsClosed => false;

    public override int RecordsAffected => -1;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => throw new NotSupportedException("Columns have no names here.");

    public override bool Read() => ++_position < rows.Count;

    public override bool NextResult() => false;

    public override object GetValue(int ordinal) => rows[_position][ordinal];

    public override bool IsDBNull(int ordinal) => rows[_position][ordinal] is DBNull;

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, width);
        Array.Copy(rows[_position], values, count);
        return count;
    }

    public override string GetName(int ordinal) => "c" + ordinal.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public override int GetOrdinal(string name) => throw new NotSupportedException("Columns have no names here.");

    public override string GetDataTypeName(int ordinal) => GetFieldType(ordinal).Name;

    public override Type GetFieldType(int ordinal) =>
        rows.Select(r => r[ordinal]).FirstOrDefault(static v => v is not DBNull)?.GetType() ?? typeof(string);

    public override bool GetBoolean(int ordinal) => (bool)GetValue(ordinal);

    public override byte GetByte(int ordinal) => (byte)GetValue(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException("There is no binary column here.");

    public override char GetChar(int ordinal) => (char)GetValue(ordinal);

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        throw new NotSupportedException("Text is read whole.");

    public override DateTime GetDateTime(int ordinal) => (DateTime)GetValue(ordinal);

    public override decimal GetDecimal(int ordinal) => (decimal)GetValue(ordinal);

    public override double GetDouble(int ordinal) => (double)GetValue(ordinal);

    public override float GetFloat(int ordinal) => (float)GetValue(ordinal);

    public override Guid GetGuid(int ordinal) => (Guid)GetValue(ordinal);

    public override short GetInt16(int ordinal) => (short)GetValue(ordinal);

    public override int GetInt32(int ordinal) => (int)GetValue(ordinal);

    public override long GetInt64(int ordinal) => (long)GetValue(ordinal);

    public override string GetString(int ordinal) => (string)GetValue(ordinal);

    public override IEnumerator GetEnumerator() => new DbEnumerator(this);
}
