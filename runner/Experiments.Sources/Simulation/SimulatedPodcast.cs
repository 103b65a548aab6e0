namespace Experiments.Sources;

/// <summary>
/// Podcast events as NDJSON with the users and episodes that they refer to; a second file of users in which every tenth
/// has moved, so that it has two versions; and defects.
/// </summary>
internal sealed class SimulatedPodcast(SourceSimulationOptions options)
{
    private const string FileName = "podcast_events.ndjson";
    private const string UsersName = "podcast_users.ndjson";
    private const string MovedName = "podcast_users_moved.ndjson";
    private const string EpisodesName = "podcast_episodes.ndjson";
    private const int Episodes = 500;
    private const int MovedEvery = 10;

    private static readonly string[] Countries = ["DE", "FR", "US", "JP", "BR"];

    private readonly RandomSource _random = new(options.Seed);
    private readonly Planted _planted = new();

    internal SourceTruth Write(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var users = (int)Math.Clamp(options.Rows / 50, 10, 1_000_000);
        var moved = 0;
        using (var lines = Open(UsersName))
        using (var again = Open(MovedName))
        {
            for (var user = 0; user < users; user++)
            {
                lines.Write($$"""{"user_id":"u{{user}}","country":"{{Countries[user % 5]}}","plan":"{{(user % 3 == 0 ? "premium" : "free")}}","updated_at":"2024-01-01T00:00:00Z"}""");
                var moves = user % MovedEvery == 0;
                moved += moves ? 1 : 0;
                again.Write($$"""{"user_id":"u{{user}}","country":"{{Countries[(user + (moves ? 1 : 0)) % 5]}}","plan":"{{(user % 3 == 0 ? "premium" : "free")}}","updated_at":"2024-02-15T00:00:00Z"}""");
            }
        }

        using (var lines = Open(EpisodesName))
        {
            for (var episode = 0; episode < Episodes; episode++)
            {
                lines.Write($$"""{"episode_id":"ep{{episode}}","show_id":"s{{episode % 20}}","title":"Épisode {{episode}}","duration":{{1200 + (episode % 10 * 300)}}}""");
            }
        }

        using (var lines = Open(FileName))
        {
            for (long n; (n = lines.Lines) < options.Rows;)
            {
                if (n % 100_000 == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    progress?.Report((double)n / options.Rows);
                }

                // Every event has a second of its own, so that two are the same only where that is planted.
                var at = new DateTime(2024, 2, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(n);
                if (n % SourceSimulator.DefectEvery == SourceSimulator.DefectEvery - 1 && n + 1 < options.Rows)
                {
                    WriteDefect(lines, at, n / SourceSimulator.DefectEvery);
                    continue;
                }

                var user = _random.Integer(users);
                var episode = _random.Integer(Episodes);
                _planted.Staged++;
                switch (_random.Integer(10))
                {
                    case < 5:
                        lines.Write($$"""{"user_id":"u{{user}}","episode_id":"ep{{episode}}","event_type":"play","timestamp":"{{at:yyyy-MM-dd}}T{{at:HH:mm:ss}}Z","duration":{{_random.Integer(1200)}}}""");
                        break;
                    case < 7:
                        lines.Write($$"""{"user_id":"u{{user}}","episode_id":"ep{{episode}}","event_type":"pause","timestamp":{{new DateTimeOffset(at).ToUnixTimeSeconds()}},"position":{{_random.Integer(1200)}}.5}""");
                        break;
                    case < 9:
                        lines.Write($$$"""{"user_id":"u{{{user}}}","episode_id":"ep{{{episode}}}","event_type":"seek","timestamp":"{{{at.AddHours(1):yyyy-MM-dd}}}T{{{at.AddHours(1):HH:mm:ss}}}+01:00","position":{{{_random.Integer(1200)}}},"from":{"device":"ph\u00f6ne"}}""");
                        break;
                    default:
                        lines.Write($$"""{"user_id":"u{{user}}","episode_id":"ep{{episode}}","event_type":"COMPLETE","timestamp":{{new DateTimeOffset(at).ToUnixTimeMilliseconds()}}}""");
                        break;
                }
            }
        }

        _planted.Facts["user_versions"] = users + moved;
        var none = new Dictionary<string, long>();
        return _planted.Truth(
            options.Source, FileName, options.Rows,
            new SimulatedFile(UsersName, "podcast_users", users, users, none),
            new SimulatedFile(MovedName, "podcast_users", users, users, none),
            new SimulatedFile(EpisodesName, "podcast_episodes", Episodes, Episodes, none));
    }

    private LineWriter Open(string name) => new(Path.Combine(options.OutputFolder, name));

    private void WriteDefect(LineWriter lines, DateTime at, long kind)
    {
        switch (kind % 9)
        {
            case 0:
                lines.Write($$"""{"user_id":null,"episode_id":"ep1","event_type":"play","timestamp":"{{at:yyyy-MM-dd}}"}""");
                _planted.Quarantine("missing_user_id");
                break;
            case 1:
                lines.Write($$"""{"user_id":"u1","episode_id":"ep1","event_type":"play","timestamp":"{{at:yyyy-MM}}"}""");
                _planted.Quarantine("bad_timestamp");
                break;
            case 2:
                lines.Write($$"""{"user_id":"u1","episode_id":"ep1","event_type":"play","timestamp":"{{at:yyyy-MM-dd}}","duration":"long"}""");
                _planted.Quarantine("bad_duration");
                break;
            case 3:
                lines.Write($$"""{"user_id":"u1","episode_id":"ep1","event_type":"play","timestamp":"{{at:yyyy-MM-dd}}","duration":-1}""");
                _planted.Quarantine("duration_out_of_range");
                break;
            case 4:
                lines.Write($$"""{"user_id":"u1","episode_id":"ep1","event_type":"teleport","timestamp":"{{at:yyyy-MM-dd}}"}""");
                _planted.Quarantine("unknown_event_type");
                break;
            case 5:
                lines.Write($$"""{"user_id":"nobody","episode_id":"ep1","event_type":"play","timestamp":"{{at:yyyy-MM-dd}}"}""");
                _planted.Quarantine("unknown_user");
                break;
            case 6:
                lines.Write($$"""{"user_id":"u1","episode_id":"none","event_type":"play","timestamp":"{{at:yyyy-MM-dd}}"}""");
                _planted.Quarantine("unknown_episode");
                break;
            case 7:
                lines.Write($$"""{"user_id":"u1","episode_id":"ep1","event_type":"pl""");
                _planted.Reject("invalid_json");
                break;
            default:
                for (var i = 0; i < 2; i++)
                {
                    lines.Write($$"""{"user_id":"u1","episode_id":"ep1","event_type":"share","timestamp":"{{at:yyyy-MM-dd}}T{{at:HH:mm:ss}}Z","attempt":{{i}}}""");
                }

                _planted.Staged++;
                _planted.Duplicates++;
                break;
        }
    }
}
