using System.Data.Common;
using Experiments.LocalSql;
using Microsoft.Data.SqlClient;

namespace Experiments.Behaviour.Tests;

/// <summary>What a case did: result sets as text, messages, rows affected, and the error that ended it.</summary>
internal sealed record Outcome(
    IReadOnlyList<ActualResult> Results, IReadOnlyList<string> Messages, int Affected, (int Number, int Line, string Message)? Error);

/// <summary>A result set as it came: the schema table's columns, and cells as text.</summary>
internal sealed record ActualResult(IReadOnlyList<ExpectedColumn> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows);

/// <summary>A fresh session on which one case runs.</summary>
internal sealed class BehaviourSession(DbConnection connection)
{
    private readonly List<string> _messages = [];

    /// <summary>Runs setup and batches, and writes down what comes back.</summary>
    internal Outcome Run(BehaviourCase item)
    {
        Listen();
        Batch("SET XACT_ABORT ON;", []);
        foreach (var batch in item.Setup)
        {
            Batch(batch, []);
        }

        _messages.Clear();
        var results = new List<ActualResult>();
        var affected = 0;
        try
        {
            foreach (var batch in item.Batches)
            {
                affected += Math.Max(0, Batch(batch, results));
            }
        }
        catch (LocalSqlException e)
        {
            return new Outcome(results, _messages, affected, (e.Number, e.LineNumber, e.Message));
        }
        catch (SqlException e)
        {
            return new Outcome(results, _messages, affected, (e.Number, e.Errors[0].LineNumber, e.Message));
        }

        return new Outcome(results, _messages, affected, null);
    }

    private void Listen()
    {
        switch (connection)
        {
            case LocalSqlConnection local:
                local.InfoMessage += (_, text) => _messages.Add(text);
                break;
            case SqlConnection server:
                server.InfoMessage += (_, e) => _messages.AddRange(e.Errors.Cast<SqlError>().Select(static m => m.Message));
                break;
            default:
                throw new InvalidOperationException("No messages of " + connection.GetType().Name);
        }
    }

    private int Batch(string sql, List<ActualResult> results)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        do
        {
            if (reader.FieldCount == 0)
            {
                continue;
            }

            var columns = ResultText.Columns(reader);
            var rows = new List<IReadOnlyList<string?>>();
            while (reader.Read())
            {
                rows.Add([.. columns.Select((c, i) => ResultText.Cell(reader, i, c.Type))]);
            }

            results.Add(new ActualResult(columns, rows));
        }
        while (reader.NextResult());
        reader.Close();
        return reader.RecordsAffected;
    }
}
