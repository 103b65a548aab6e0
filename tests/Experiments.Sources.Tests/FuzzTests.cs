using System.Globalization;
using System.Text;

namespace Experiments.Sources.Tests;

/// <summary>
/// Files of every source, mutated at random: cut, spliced, with binary in them, huge lines, wrong encodings. A load takes
/// them or refuses them in one sentence, and every line of what it takes is accounted for. EXPERIMENTS_FUZZ_MUTATIONS says
/// how many (a few by default, so that every commit can afford it), EXPERIMENTS_FUZZ_SEED where to begin.
/// </summary>
public sealed class FuzzTests
{
    private const int ADatabase = 250;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mutated_file_is_loaded_or_refused_and_every_line_is_accounted_for()
    {
        var count = Number("EXPERIMENTS_FUZZ_MUTATIONS", 60);
        var seed = Number("EXPERIMENTS_FUZZ_SEED", 1);
        var valid = await ValidFilesAsync();
        int loaded = 0, refused = 0;
        for (var from = 0; from < count; from += ADatabase)
        {
            await using var db = await PlatformDatabase.CreateAsync(Token);
            for (var i = from; i < Math.Min(count, from + ADatabase); i++)
            {
                var random = new Random((seed * 1_000_003) + i);
                var (source, name, content) = valid[random.Next(valid.Count)];
                var bytes = content;
                for (var n = 1 + random.Next(4); n > 0; n--)
                {
                    bytes = Mutate(bytes, valid[random.Next(valid.Count)].Content, random);
                }

                var path = Path.Combine(db.Folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix(name)}{i}{Path.GetExtension(name)}"));
                await File.WriteAllBytesAsync(path, bytes, Token);
                LoadSummary? summary = null;
                try
                {
                    summary = Assert.Single(await db.LoadAsync(source, path));
                    loaded++;
                }
                catch (LoadException)
                {
                    refused++;
                }
                catch (Exception e)
                {
                    Assert.Fail($"Mutation {i} of seed {seed} ({source}): {e}");
                }

                if (summary is { IsRepeat: false })
                {
                    Assert.Equal(summary.Lines, summary.Landed + summary.Rejected.Values.Sum());
                }

                try
                {
                    await db.RunAsync("EXEC staging.load_all;");
                }
                catch (Exception e)
                {
                    Assert.Fail($"Staging after mutation {i} of seed {seed} ({source}): {e.Message}");
                }

                var unbalanced = await db.RowsAsync("SELECT r.load_id, r.source, r.difference FROM quality.reconciliation AS r WHERE r.is_balanced = 0 OR r.staged_at IS NULL");
                Assert.True(unbalanced.Length == 0, $"Mutation {i} of seed {seed} ({source}): {unbalanced}");
            }

            await db.RunAsync("EXEC marts.refresh_sources;");
            foreach (var tests in new[] { "scrobbles", "commerce_events", "podcast_events" })
            {
                Assert.Equal("", await db.RowsAsync($"SELECT t.test_name, t.offending_rows FROM quality.data_tests_{tests} AS t WHERE t.severity = 'error' AND t.offending_rows > 0"));
            }
        }

        TestContext.Current.SendDiagnosticMessage($"{count} mutations: {loaded} loaded, {refused} refused.");
        Assert.True(loaded > 0, "No mutated file was loaded.");
    }

    private static string Prefix(string name) => name.StartsWith("userid-", StringComparison.Ordinal) ? "userid-" : "file";

    private static int Number(string variable, int standard) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : standard;

    /// <summary>The first 40 lines of each simulated file, and others with a header and a user a file.</summary>
    private static async Task<IReadOnlyList<(string Source, string Name, byte[] Content)>> ValidFilesAsync()
    {
        var files = new List<(string, string, byte[])>();
        var folder = Directory.CreateTempSubdirectory("fuzz").FullName;
        try
        {
            foreach (var source in SourceSimulator.Sources)
            {
                var truth = await SourceSimulator.WriteAsync(new SourceSimulationOptions(source, 400, 5, folder), null, Token);
                foreach (var file in truth.Files)
                {
                    var lines = await File.ReadAllLinesAsync(Path.Combine(folder, file.Name), Token);
                    files.Add((file.Source, file.Name, Encoding.UTF8.GetBytes(string.Join('\n', lines.Take(40)) + "\n")));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        files.Add(("scrobbles", "userid-a.tsv", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 30).Select(
            i => string.Create(CultureInfo.InvariantCulture, $"Artist {i % 4}\tAlbum\tTrack {i}\t2020-01-{1 + (i / 2):D2}T10:{i:D2}:00Z\n"))))));
        files.Add(("commerce_events", "c.ndjson", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 30).Select(
            i => string.Create(CultureInfo.InvariantCulture, $"{{\"event_id\":\"n{i}\",\"user_id\":\"u{i % 3}\",\"event_type\":\"purchase\",\"event_ts\":\"2024-03-{1 + i % 28:D2}\",\"amount\":{i}.5,\"currency\":\"EUR\",\"new\":[{i}]}}\n"))))));
        return files;
    }

    private static byte[] Mutate(byte[] bytes, byte[] other, Random random)
    {
        if (bytes.Length == 0)
        {
            return other;
        }

        var at = random.Next(bytes.Length);
        switch (random.Next(15))
        {
            case 0: // Cut off.
                return bytes[..at];
            case 1: // The beginning is lost.
                return bytes[at..];
            case 2: // A hole.
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(200))..]];
            case 3: // Spliced with another file, perhaps of another source.
                return [.. bytes[..at], .. other[random.Next(other.Length)..]];
            case 4: // Random bytes.
            {
                var junk = new byte[1 + random.Next(40)];
                random.NextBytes(junk);
                return [.. bytes[..at], .. junk, .. bytes[at..]];
            }

            case 5: // A huge line, or a huge field.
                return [.. bytes[..at], .. Encoding.ASCII.GetBytes(new string((char)('a' + random.Next(26)), random.Next(200_000))), .. bytes[at..]];
            case 6: // Latin-1.
                return Encoding.Latin1.GetBytes(Encoding.UTF8.GetString(bytes) + "é\n");
            case 7: // UTF-16.
                return random.Next(4) == 0 ? Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(bytes)) : bytes;
            case 8: // A byte order mark.
                return [0xEF, 0xBB, 0xBF, .. bytes];
            case 9: // Line ends of Windows, or of old Macs.
                return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("\n", random.Next(3) == 0 ? "\r" : "\r\n", StringComparison.Ordinal));
            case 10: // Quotes.
                return [.. bytes[..at], (byte)'"', .. bytes[at..]];
            case 11: // Separators that come or go.
                return [.. bytes.Select(b => random.Next(60) == 0 && b is (byte)',' or (byte)'\t' or (byte)':' ? (byte)' ' : b)];
            case 12: // A line twice.
            {
                var text = Encoding.UTF8.GetString(bytes).Split('\n').ToList();
                text.Insert(random.Next(text.Count), text[random.Next(text.Count)]);
                return Encoding.UTF8.GetBytes(string.Join('\n', text));
            }

            case 13: // Digits that change: times, amounts and ids.
                return [.. bytes.Select(b => random.Next(20) == 0 && b is >= (byte)'0' and <= (byte)'9' ? (byte)('0' + random.Next(10)) : b)];
            default: // One bit.
            {
                var copy = (byte[])bytes.Clone();
                copy[at] ^= (byte)(1 << random.Next(8));
                return copy;
            }
        }
    }
}
