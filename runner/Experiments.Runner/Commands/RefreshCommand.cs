using System.CommandLine;
using System.Data.Common;
using Experiments.Runner.Analysis;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>Brings staging and marts up to date.</summary>
internal sealed class RefreshCommand : Command, IHasExamples
{
    private readonly CommandServices _services;

    private readonly Option<string?> _experiment = new("--experiment", "-e")
    {
        Description = "Only this experiment; without it, all of the catalog.",
        HelpName = "ID",
    };

    private readonly Option<bool> _full = new("--full")
    {
        Description = "Build every experiment anew from what is staged, one after the other. "
            + "If it is cut off, 'runner refresh' goes on with those that are left.",
    };

    public RefreshCommand(CommandServices services)
        : base("refresh", "Stage what was loaded, then bring the marts of one experiment or of all up to date.")
    {
        _services = services;
        Add(_experiment);
        Add(_full);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples => ["runner refresh", "runner refresh --experiment exp_1", "runner refresh --full"];

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            RefreshService service = new(connection, new WorkProgress(_services.Console));
            List<string> ids;
            if (parse.GetValue(_experiment) is { } one)
            {
                await new CatalogStore(connection)
                    .RequireSoundAsync(one, _services.Console, cancellationToken).ConfigureAwait(false);
                ids = [one];
            }
            else
            {
                ids = await service.ReadExperimentsAsync(cancellationToken).ConfigureAwait(false);
            }

            StagedBefore? before =
                await StagingReport.ReadBeforeAsync(connection, cancellationToken).ConfigureAwait(false);
            await service.StageAsync(cancellationToken).ConfigureAwait(false);
            if (before is not null)
            {
                await StagingReport.WriteAsync(connection, _services.Console, before, cancellationToken)
                    .ConfigureAwait(false);
            }

            await service.RefreshSourcesAsync(cancellationToken).ConfigureAwait(false);
            if (parse.GetValue(_full))
            {
                await service.ForgetAsync(parse.GetValue(_experiment), cancellationToken).ConfigureAwait(false);
            }

            await service.RefreshAsync(ids, cancellationToken).ConfigureAwait(false);
        }

        return (int)ExitCode.Done;
    }
}
