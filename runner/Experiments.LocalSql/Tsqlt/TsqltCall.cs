using System.Globalization;
using Experiments.LocalSql.Batch;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>A parameter of a tSQLt procedure; without a default it has to be given.</summary>
internal sealed class TsqltParameter
{
    internal TsqltParameter(string name)
    {
        Name = name;
        IsRequired = true;
    }

    internal TsqltParameter(string name, string? standard)
    {
        Name = name;
        Default = new Variant(standard, SqlType.NVarChar(SqlType.Max));
    }

    internal string Name { get; }

    internal bool IsRequired { get; }

    internal Variant Default { get; } = new(null, SqlType.Null);
}

/// <summary>One EXEC of a tSQLt procedure: its arguments, and the batch that called it.</summary>
internal sealed class TsqltCall
{
    private const int UserError = 50000;

    private readonly string _procedure;
    private readonly Dictionary<string, Variant> _arguments = new(StringComparer.Ordinal);

    internal TsqltCall(
        BatchRun batch, string procedure, IReadOnlyList<TsqltParameter> parameters, IList<ExecuteParameter> given,
        TSqlStatement at)
    {
        Batch = batch;
        At = at;
        _procedure = procedure;
        for (var i = 0; i < given.Count; i++)
        {
            var argument = given[i];
            var declared = argument.Variable is null
                ? i < parameters.Count ? parameters[i] : null
                : parameters.FirstOrDefault(p => string.Equals(p.Name, argument.Variable.Name, StringComparison.Ordinal));
            if (declared is null)
            {
                throw argument.Variable is null
                    ? Refuse.At(argument, 8144, $"Procedure or function {procedure} has too many arguments specified.")
                    : Refuse.At(argument, 8145, $"{argument.Variable.Name} is not a parameter for procedure {procedure}.");
            }

            if (argument.ParameterValue is not DefaultLiteral)
            {
                _arguments[declared.Name] = batch.Argument(argument.ParameterValue);
            }
        }

        foreach (var declared in parameters)
        {
            if (!_arguments.TryAdd(declared.Name, declared.Default) || !declared.IsRequired)
            {
                continue;
            }

            throw Refuse.At(at, 201,
                $"Procedure or function '{procedure}' expects parameter '{declared.Name}', which was not supplied.");
        }
    }

    internal BatchRun Batch { get; }

    internal Session Session => Batch.Session;

    internal TsqltState State => Session.Tsqlt;

    internal TSqlStatement At { get; }

    /// <summary>An argument as sql_variant; varchar(max) and nvarchar(max) do not fit into one.</summary>
    internal Variant Variant(string parameter)
    {
        var argument = _arguments[parameter];
        return argument.Type is { IsText: true, Length: SqlType.Max }
            ? throw Refuse.At(At, 206,
                $"Operand type clash: {argument.Type} is incompatible with sql_variant (AssertEqualsString takes long texts).")
            : argument;
    }

    /// <summary>An argument as nvarchar(max).</summary>
    internal string? Text(string parameter) => _arguments[parameter].Text;

    /// <summary>An argument as int; an empty or missing one is null.</summary>
    internal int? Int(string parameter)
    {
        var text = Text(parameter);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Refuse.At(At, 8114, $"Error converting data type {_arguments[parameter].Type} to int.");
    }

    internal bool Flag(string parameter) => Int(parameter) is not (null or 0);

    /// <summary>What tSQLt raises by RAISERROR(…, 16, 10).</summary>
    internal LocalSqlException Error(string message, string? procedure = null) =>
        new(UserError, message, At.StartLine, At.StartColumn, procedure ?? _procedure) { State = 10 };

    /// <summary>The table or view of a name: a temporary one in the caller's reach, or one of the database.</summary>
    internal CatalogObject? Find(string? text) => ObjectName.Parse(text) switch
    {
        null => null,
        { IsTemporary: true } name => Batch.Temporary(name.Name),
        var name => Session.Catalog.Find(name.Schema ?? "dbo", name.Name),
    };

    /// <summary>
    /// Ends the test as failed, with a message. A transaction that can only be rolled back is, and is begun anew, with a
    /// warning in the message.
    /// </summary>
    internal LocalSqlException Failure(params IEnumerable<string?> message)
    {
        var text = string.Concat(message.Select(static part => part ?? "!NULL!"));
        if (Session is { IsDoomed: true, TransactionCount: > 0 and var count })
        {
            text += TableText.NewLine + "Warning: Uncommitable transaction detected!";
            Session.Rollback();
            for (var i = 0; i < count; i++)
            {
                Session.BeginTransaction();
            }
        }

        if (State.Test is not { } test)
        {
            return Error(text);
        }

        test.FailMessage = text;
        return Error(TestRunner.FailureMark, "Fail");
    }
}
