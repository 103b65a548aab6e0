using System.Globalization;
using Experiments.Runner.Analysis;
using Experiments.Statistics;
using Spectre.Console;

namespace Experiments.Runner.Output;

/// <summary>
/// Writes a finished run: for people as a page, for programs as one JSON document, or as CSV with the columns of
/// results.experiment_results.
/// </summary>
internal sealed class AnalysisRenderer(RunnerConsole console)
{
    private readonly Page _page = new(console.Output, console.OutputIsTerminal, console.Width);

    /// <summary>Writes the run.</summary>
    public Task WriteAsync(AnalysisReport report, OutputFormat format, CancellationToken cancellationToken)
    {
        switch (format)
        {
            case OutputFormat.Table:
                WritePage(report);
                return Task.CompletedTask;
            case OutputFormat.Json:
                return new DocumentWriter(console.Output).WriteAsync(
                    [
                        ("run", ReportRows.Run(report), true),
                        ("decisions", ReportRows.Summaries(report), false),
                        ("gates", ReportRows.Gates(report), false),
                        ("sample_ratios", ReportRows.SampleRatios(report), false),
                        ("results", ReportRows.Results(report), false),
                        ("heterogeneity", ReportRows.Heterogeneity(report), false),
                        ("checks", ReportRows.Checks(report), false),
                        ("looks", ReportRows.Looks(report), false),
                    ],
                    cancellationToken);
            case OutputFormat.Csv:
                return new CsvWriter(console.Output).WriteAsync(ReportRows.Results(report), cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "An output format is needed.");
        }
    }

    private static string Escape(string text) => Markup.Escape(text);

    private void WritePage(AnalysisReport report)
    {
        string name = report.ExperimentName == report.ExperimentId ? string.Empty : "  " + report.ExperimentName;
        _page.Line($"[bold]{Escape(report.ExperimentId)}[/]{Escape(name)}");
        _page.Line(Escape(string.Create(
            CultureInfo.InvariantCulture,
            $"mode {report.Mode} · run {report.RunId} · data up to {Numbers.Utc(report.Watermark)} · "
            + $"policy {report.PolicyId} version {report.PolicyVersion}")));
        WriteSampleRatios(report.Outcome);
        WriteResults(report);
        WriteNotes(report);
        WriteGates(report.Outcome);
        WriteDecisions(report.Outcome);
    }

    private void Title(string text)
    {
        _page.Line();
        _page.Line($"[bold underline]{Escape(text)}[/]");
    }

    private void WriteSampleRatios(AnalysisOutcome outcome)
    {
        Title("Sample ratio");
        double alpha = outcome.Gates
            .FirstOrDefault(gate => gate.Name.StartsWith("sample_ratio", StringComparison.Ordinal))?.Threshold ?? .001;
        Table table = Tables.Plain();
        Tables.AddColumn(table, "stage", false);
        Tables.AddColumn(table, "variation", false);
        Tables.AddColumn(table, "units", true);
        Tables.AddColumn(table, "expected", true);
        Tables.AddColumn(table, "residual", true);
        Tables.AddColumn(table, "chi-square", true);
        Tables.AddColumn(table, "df", true);
        Tables.AddColumn(table, "p", true);
        Tables.AddColumn(table, "verdict", false);
        foreach (IGrouping<string, SrmRow> stage in outcome.SampleRatios.GroupBy(
            row => row.Stage, StringComparer.Ordinal))
        {
            bool first = true;
            foreach (SrmRow row in stage)
            {
                table.AddRow(
                    new Text(first ? row.Stage : string.Empty),
                    new Text(row.VariationId),
                    new Text(Numbers.Count(row.Observed)),
                    new Text(row.Expected.ToString("N1", CultureInfo.InvariantCulture)),
                    new Text(Numbers.Signed(row.Residual)),
                    new Text(first && row.ChiSquare is { } x ? x.ToString("0.0000", CultureInfo.InvariantCulture) : ""),
                    new Text(first ? row.DegreesOfFreedom?.ToString(CultureInfo.InvariantCulture) ?? "" : ""),
                    new Text(first ? Numbers.P(row.PValue) : ""),
                    first ? Verdict(stage, alpha) : new Text(""));
                first = false;
            }
        }

        _page.Draw(table);
    }

    private static Text Verdict(IEnumerable<SrmRow> stage, double alpha) => stage.First().PValue switch
    {
        null => new Text(stage.Any(row => row.Observed > 0) ? "no answer" : "no units", new Style(Color.Yellow)),
        { } p when p < alpha => new Text("MISMATCH", new Style(Color.Red, decoration: Decoration.Bold)),
        _ => new Text("ok", new Style(Color.Green)),
    };

    private void WriteResults(AnalysisReport report)
    {
        IReadOnlyList<ResultRow> rows = report.Outcome.Results;
        double level = rows.Count == 0 ? .95 : rows[0].ConfidenceLevel;
        string interval = (100 * level).ToString("0.##", CultureInfo.InvariantCulture) + " % interval of lift";
        string[] kinds = [.. rows.Select(row => row.Method.Split('+')).Where(parts => parts.Length > 1)
            .Select(parts => parts[1].Replace('_', '-')).Distinct(StringComparer.Ordinal)];
        Title(kinds.Length == 0
            ? "Results against the control"
            : $"Results against the control, {string.Join(", ", kinds)} intervals for proportions");
        Table table = Tables.Plain();
        Tables.AddWrappedColumn(table, "metric", 2);
        Tables.AddColumn(table, "variation", false);
        Tables.AddColumn(table, "units", true);
        Tables.AddColumn(table, "mean", true);
        Tables.AddColumn(table, "lift", true);
        Tables.AddColumn(table, interval, true);
        Tables.AddColumn(table, "p", true);
        Tables.AddColumn(table, "adj. p", true);
        Tables.AddWrappedColumn(table, "test");
        foreach (IGrouping<string, ResultRow> metric in rows.GroupBy(row => row.MetricId, StringComparer.Ordinal))
        {
            int index = 0;
            foreach (ResultRow row in metric)
            {
                string first = index switch
                {
                    0 => row.MetricId,
                    1 => $"  {row.MetricRole}, v{row.MetricVersion}",
                    _ => string.Empty,
                };
                index++;
                bool isProportion = report.Proportions.Contains(row.MetricId);
                table.AddRow(
                    new Text(first, index == 1 ? new Style(decoration: Decoration.Bold) : Style.Plain),
                    new Text(row.VariationId),
                    new Text(Numbers.Count(row.UnitCount)),
                    new Text(row.Mean is { } mean ? isProportion ? Numbers.Rate(mean) : Numbers.Mean(mean) : ""),
                    new Text(Numbers.Lift(row.UpliftRelative)),
                    new Text(Interval(row)),
                    new Text(Numbers.P(row.PValue)),
                    new Text(Numbers.P(row.AdjustedPValue)),
                    new Text(Test(row)));
            }
        }

        _page.Draw(table);
    }

    private static string Interval(ResultRow row) => (row.CiRelativeLower, row.CiRelativeUpper) switch
    {
        (null, null) => string.Empty,
        ({ } lower, null) => $"from {Numbers.Lift(lower)}",
        (null, { } upper) => $"to {Numbers.Lift(upper)}",
        ({ } lower, { } upper) => $"{Numbers.Lift(lower)} to {Numbers.Lift(upper)}",
    };

    private static string Test(ResultRow row)
    {
        string test = row.Method.Split('+')[0] switch
        {
            Methods.TwoProportionZPooled => "pooled z",
            Methods.TwoProportionMidP => "mid-p",
            Methods.TwoProportionFisher => "Fisher",
            Methods.WelchT => "Welch t",
            Methods.StudentT => "Student t",
            Methods.CupedT => "CUPED t",
            Methods.LinT => "Lin t",
            Methods.LinHc2T => "Lin t, HC2",
            Methods.CupedRatioT => "CUPED ratio t",
            Methods.RatioDeltaT => "ratio t",
            Methods.PostStratifiedT or Methods.PostStratifiedZ => "by weight epoch",
            Methods.QuantileZ => "quantile z",
            Methods.MannWhitney => "Mann-Whitney",
            Methods.LogRank => "log-rank",
            var other => other,
        };
        return (row.IsControl, row.ReasonCode, row.PValue) switch
        {
            (true, _, _) => "control",
            (_, null, _) => test,
            (_, { } reason, null) => reason,
            (_, { } reason, _) => $"{test}, {reason}",
        };
    }

    /// <summary>What stands beside the plain comparison, a sentence each, and only where there is something to say.</summary>
    private void WriteNotes(AnalysisReport report)
    {
        List<string> notes = [];
        foreach (ResultRow row in report.Outcome.Results.Where(static row => !row.IsControl))
        {
            notes.AddRange(ReportNotes.Of(row));
        }

        notes.AddRange(report.Outcome.Heterogeneity
            .Where(static row => row.AdjustedPValue < .05)
            .Select(static row => string.Create(
                CultureInfo.InvariantCulture,
                $"{row.MetricId}, {row.VariationId}: the effect differs between the values of {row.DimensionId} ")
                + $"(Q p = {Numbers.P(row.AdjustedPValue)})."));
        notes.AddRange(report.Outcome.Checks.Where(static check => check.IsFlagged == true)
            .Select(static check => $"{check.VariationId}: {check.Detail}"));
        if (notes.Count == 0)
        {
            return;
        }

        Title("Notes");
        foreach (string note in notes)
        {
            _page.Line(Escape(note));
        }
    }

    private void WriteGates(AnalysisOutcome outcome)
    {
        foreach (IGrouping<string, GateRow> variation in outcome.Gates.GroupBy(
            gate => gate.VariationId, StringComparer.Ordinal))
        {
            Title($"Gates of {variation.Key}");
            Table table = Tables.Plain().HideHeaders();
            Tables.AddColumn(table, "", false);
            Tables.AddColumn(table, "", false);
            Tables.AddWrappedColumn(table, string.Empty);
            foreach (GateRow gate in variation)
            {
                table.AddRow(
                    gate.Passed switch
                    {
                        true => new Text("pass", new Style(Color.Green)),
                        false => new Text("FAIL", new Style(Color.Red, decoration: Decoration.Bold)),
                        null => new Text("n/a", new Style(Color.Yellow)),
                    },
                    new Text(gate.Name),
                    new Text(gate.Detail));
            }

            _page.Draw(table);
        }
    }

    private void WriteDecisions(AnalysisOutcome outcome)
    {
        Title(outcome.Summaries.Count == 1 ? "Decision" : "Decisions");
        foreach (SummaryRow summary in outcome.Summaries)
        {
            string colour = summary.Decision switch
            {
                "ship" => "green",
                "do_not_ship" => "red",
                "invalid" => "red",
                _ => "yellow",
            };
            string best = summary.IsBest && outcome.Summaries.Count > 1 ? " (best)" : string.Empty;
            string verdict = summary.Decision.Replace('_', ' ').ToUpperInvariant();
            string head = summary.VariationId + ": ";
            int at = summary.Sentence.IndexOf(head, StringComparison.Ordinal);
            string sentence = at < 0 ? summary.Sentence : summary.Sentence[(at + head.Length)..];
            _page.Line(
                $"[bold {colour}]{verdict}[/] [bold]{Escape(summary.VariationId)}[/]{best}: {Escape(sentence)}");
        }
    }
}
