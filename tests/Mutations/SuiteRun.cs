using System.Text.Json;

namespace Experiments.Mutations;

/// <summary>A run of a suite: the cases it ran, those that failed, and what it ended of otherwise.</summary>
internal sealed record SuiteOutcome(int Total, IReadOnlyList<string> Failed, string? Abnormal, TimeSpan Elapsed)
{
    internal bool IsRed => Failed.Count > 0 || Abnormal is not null;
}

/// <summary>Runs a suite's program and reads the report that it writes.</summary>
internal static class SuiteRun
{
    internal static async Task<SuiteOutcome> RunAsync(
        WorkingCopy copy, Suite suite, string cases, bool isToTheEnd, TimeSpan limit, CancellationToken stop)
    {
        const string Report = "report.json";
        var folder = copy.Folder(suite);
        if (suite.IsProgram)
        {
            return await RunProgramAsync(folder, suite, cases, limit, stop);
        }

        var report = Path.Combine(folder, Report);
        File.Delete(report);
        List<string> arguments =
        [
            suite.Program + ".dll", "--no-progress", "--no-ansi", "--results-directory", folder,
            "--report-ctrf", "--report-ctrf-filename", Report, "--stop-on-fail", isToTheEnd ? "off" : "on",
        ];
        if (cases.Length > 0)
        {
            arguments.AddRange(["--filter-trait", "file=" + cases]);
        }

        if (suite.Only.Count > 0)
        {
            arguments.AddRange(["--filter-class", .. suite.Only]);
        }

        if (suite.LeftOut.Count > 0)
        {
            arguments.AddRange(["--filter-not-class", .. suite.LeftOut]);
        }

        var run = await ChildProcess.DotnetAsync(folder, arguments, limit, stop);
        if (run.ExitCode is null)
        {
            return new SuiteOutcome(
                0, [], FormattableString.Invariant($"it does not end within {limit.TotalSeconds:F0} s"), run.Elapsed);
        }

        if (!File.Exists(report))
        {
            return new SuiteOutcome(
                0, [], FormattableString.Invariant($"its process ends with code {run.ExitCode}, without a report"),
                run.Elapsed);
        }

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(report, stop));
        var tests = json.RootElement.GetProperty("results").GetProperty("tests").EnumerateArray().ToList();
        var failed = tests.Where(static t => t.GetProperty("status").GetString() == "failed")
            .Select(static t => TitleOf(t.GetProperty("name").GetString()!)).ToList();
        if (tests.Count == 0)
        {
            throw new MutationException($"{suite.Project} has no case to run:\n{run.Output}");
        }

        return new SuiteOutcome(
            tests.Count, failed,
            failed.Count == 0 && run.ExitCode != 0
                ? FormattableString.Invariant($"its process ends with code {run.ExitCode}, though no case fails")
                : null,
            run.Elapsed);
    }

    /// <summary>Runs the studies, or those that a text names: a line that begins with FAIL is a rate outside.</summary>
    private static async Task<SuiteOutcome> RunProgramAsync(
        string folder, Suite suite, string cases, TimeSpan limit, CancellationToken stop)
    {
        var run = await ChildProcess.DotnetAsync(
            folder, [suite.Program + ".dll", "--quick", .. cases.Length > 0 ? ["--only", cases] : Array.Empty<string>()],
            limit, stop);
        if (run.ExitCode is null)
        {
            return new SuiteOutcome(
                0, [], FormattableString.Invariant($"it does not end within {limit.TotalSeconds:F0} s"), run.Elapsed);
        }

        var lines = run.Output.Split('\n').Where(static l => l.StartsWith("ok  ", StringComparison.Ordinal)
            || l.StartsWith("FAIL", StringComparison.Ordinal)).ToList();
        var failed = lines.Where(static l => l[0] == 'F').Select(static l => Spaced(l[4..])).ToList();
        if (lines.Count == 0 && run.ExitCode == 2)
        {
            throw new MutationException($"No study is called '{cases}'.");
        }

        return new SuiteOutcome(
            lines.Count, failed,
            failed.Count == 0 && run.ExitCode != 0
                ? FormattableString.Invariant($"its process ends with code {run.ExitCode}, though no rate fails")
                : null,
            run.Elapsed);
    }

    private static string Spaced(string line) =>
        string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>A case's name without the arguments that the runner appends: <c>(file: "dates", name: …</c>.</summary>
    private static string TitleOf(string name)
    {
        for (var open = name.IndexOf('(', StringComparison.Ordinal); open >= 0; open = name.IndexOf('(', open + 1))
        {
            var word = open + 1;
            while (word < name.Length && char.IsAsciiLetter(name[word]))
            {
                word++;
            }

            if (word > open + 1 && name.AsSpan(word).StartsWith(": ", StringComparison.Ordinal))
            {
                return name[..open];
            }
        }

        return name;
    }
}
