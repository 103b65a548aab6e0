using System.Data.Common;
using Experiments.Connections;
using Experiments.LocalSql;
using Experiments.Migrations;
using Experiments.Runner.Catalog;
using Experiments.Sources;
using Microsoft.Data.SqlClient;

namespace Experiments.Runner;

/// <summary>Turns what went wrong into an exit code and one sentence.</summary>
internal static class Failures
{
    private const int UserErrors = 50000;
    private const int InvalidObject = 208;
    private const int UnknownProcedure = 2812;

    /// <summary>The exit code and the sentence of a failure.</summary>
    public static (ExitCode Code, string Sentence) Explain(Exception exception) => exception switch
    {
        RunnerException refused => (refused.Code, refused.Message),
        CatalogException catalog => (ExitCode.Refused, catalog.Message),
        ConnectionStringException usage => (ExitCode.Usage, usage.Message),
        DatabaseUnreachableException unreachable => (ExitCode.Unreachable, OneLine(unreachable.Message)),
        LoadException load => (ExitCode.Failed, OneLine(load.Message)),
        DeploymentException deployment => (ExitCode.Failed, OneLine(deployment.Message)),
        OperationCanceledException => (ExitCode.Failed, "Cancelled; nothing that was not finished is kept."),
        DbException database => ExplainDatabase(database),
        IOException or UnauthorizedAccessException => (ExitCode.Failed, OneLine(exception.Message)),
        _ => (
            ExitCode.Failed,
            $"{OneLine(exception.Message)} ({exception.GetType().Name}; --verbose says where)"),
    };

    private static (ExitCode Code, string Sentence) ExplainDatabase(DbException exception)
    {
        int number = exception switch
        {
            LocalSqlException local => local.Number,
            SqlException server => server.Number,
            _ => 0,
        };
        string message = OneLine(exception.Message);
        return number switch
        {
            > UserErrors => (ExitCode.Refused, message),
            InvalidObject or UnknownProcedure => (
                ExitCode.Failed, $"{message} If the database is not deployed yet, run 'runner migrate' first."),
            _ => (ExitCode.Failed, message),
        };
    }

    private static string OneLine(string message) => message.Trim().ReplaceLineEndings(" ");
}
