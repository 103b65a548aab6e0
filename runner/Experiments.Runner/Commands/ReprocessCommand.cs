using System.CommandLine;
using System.Data.Common;
using Experiments.Runner.Data;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>Tries quarantined lines again.</summary>
internal sealed class ReprocessCommand : Command, IHasExamples
{
    private readonly CommandServices _services;

    private readonly Option<string> _source = new("--source")
    {
        Description = "The source, such as commerce_events.",
        HelpName = "SOURCE",
        Required = true,
    };

    private readonly Option<string?> _rule = new("--rule")
    {
        Description = "Only loads with lines that broke this rule.",
        HelpName = "RULE",
    };

    public ReprocessCommand(CommandServices services)
        : base("reprocess", "Try quarantined lines again, after a rule, a format or a reference has changed.")
    {
        _services = services;
        Add(_source);
        Add(_rule);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples => ["runner reprocess --source commerce_events --rule unknown_event_type"];

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string source = parse.GetRequiredValue(_source);
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await QuarantineCommand.RequireSourceAsync(connection, source, cancellationToken).ConfigureAwait(false);
            string? rule = parse.GetValue(_rule);
            if (rule is not null)
            {
                await QuarantineCommand.RequireRuleAsync(connection, source, rule, cancellationToken)
                    .ConfigureAwait(false);
            }

            long before = await QuarantineCommand.CountAsync(connection, source, rule, cancellationToken)
                .ConfigureAwait(false);
            if (before == 0)
            {
                _services.Console.Log(QuarantineCommand.Nothing(source, rule));
                return (int)ExitCode.Done;
            }

            await new WorkProgress(_services.Console).RunAsync(
                $"Reprocess {source}",
                async () =>
                {
                    using DbCommand command = Db.Command(
                        connection, "EXEC staging.reprocess @source = @source, @rule_name = @rule;")
                        .WithText("@source", source)
                        .WithText("@rule", rule);
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                    using DbCommand marts = Db.Command(connection, "EXEC marts.refresh_sources;");
                    await marts.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }).ConfigureAwait(false);
            long after = await QuarantineCommand.CountAsync(connection, source, rule, cancellationToken)
                .ConfigureAwait(false);
            _services.Console.Log(
                $"  {Numbers.Count(before, "line")} in quarantine{(rule is null ? string.Empty : $" as {rule}")} "
                + $"before, {Numbers.Count(after)} now.");
        }

        return (int)ExitCode.Done;
    }
}
