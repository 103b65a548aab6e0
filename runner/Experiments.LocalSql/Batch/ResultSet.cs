using Experiments.LocalSql.Native;

namespace Experiments.LocalSql.Batch;

/// <summary>Rows of one query, with T-SQL types; disposing it sets @@ROWCOUNT.</summary>
internal sealed class ResultSet(
    IReadOnlyList<Binding.ResultColumn> columns, DuckResult rows, Action<int> count) : IDisposable
{
    private bool _disposed;

    internal IReadOnlyList<Binding.ResultColumn> Columns { get; } = columns;

    internal DuckResult Rows { get; } = rows;

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            count((int)Math.Min(int.MaxValue, Rows.RowCount));
            Rows.Dispose();
        }
    }
}
