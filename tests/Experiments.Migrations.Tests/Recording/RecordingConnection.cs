using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Experiments.Migrations.Tests.Recording;

/// <summary>An ADO.NET provider without a database: it writes down what is asked and answers as it was told.</summary>
internal sealed class RecordingConnection : DbConnection
{
    private readonly List<(string Part, Func<object?[][]> Rows)> _answers = [];
    private readonly StringBuilder _log = new();
    private ConnectionState _state = ConnectionState.Open;

    [AllowNull]
    public override string ConnectionString { get; set; } = "recording";

    public override string Database => "experiments";

    public override string DataSource => "server";

    public override string ServerVersion => "15.00";

    public override ConnectionState State => _state;

    /// <summary>The conversation so far.</summary>
    internal string Conversation => _log.ToString();

    /// <summary>Answers a command whose text contains <paramref name="part"/>; the latest answer counts.</summary>
    internal RecordingConnection Answer(string part, params object?[][] rows)
    {
        _answers.Insert(0, (part, () => rows));
        return this;
    }

    internal RecordingConnection Fail(string part, string message)
    {
        _answers.Insert(0, (part, () => throw new RecordedException(message)));
        return this;
    }

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Close() => _state = ConnectionState.Closed;

    public override void Open() => _state = ConnectionState.Open;

    internal void Log(string line) => _log.Append(line).Append('\n');

    internal object?[][] Rows(string commandText) =>
        _answers.FirstOrDefault(a => commandText.Contains(a.Part, StringComparison.Ordinal)).Rows?.Invoke() ?? [];

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel)
    {
        Log("-- begin transaction");
        return new RecordingTransaction(this, isolationLevel);
    }

    protected override DbCommand CreateDbCommand() => new RecordingCommand(this);
}

internal sealed class RecordedException(string message) : DbException(message);

internal sealed class RecordingTransaction(RecordingConnection connection, IsolationLevel level) : DbTransaction
{
    public override IsolationLevel IsolationLevel { get; } = level;

    protected override DbConnection DbConnection => connection;

    public override void Commit() => connection.Log("-- commit");

    public override void Rollback() => connection.Log("-- roll back");
}
