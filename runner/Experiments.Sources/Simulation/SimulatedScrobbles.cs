namespace Experiments.Sources;

/// <summary>
/// A listening history in the format of Last.fm's 1K set: user by user, newest first, without a header, sessions of some
/// 15 plays with gaps of hours between them, skips, and tracks that several users play; and the profiles.
/// </summary>
internal sealed class SimulatedScrobbles(SourceSimulationOptions options)
{
    private const string FileName = "userid-timestamp-artid-artname-traid-traname.tsv";
    private const string ProfileName = "userid-profile.tsv";
    private const int Artists = 170_000;
    private const int GapSeconds = 1800;
    private const int SkipSeconds = 30;

    private static readonly string[] Words =
        ["night", "river", "blue", "Sigur Rós", "坂本", "train", "golden", "Ænima", "static", "Björk", "summer", "no"];

    private readonly RandomSource _random = new(options.Seed);
    private readonly Planted _planted = new();
    private long _sessions;
    private long _sessionsOfOne;
    private long _skips;
    private long _users;

    internal SourceTruth Write(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var users = (int)Math.Clamp(options.Rows / 20, 1, SourceSimulator.LastFmUsers);
        using (var lines = new LineWriter(Path.Combine(options.OutputFolder, FileName)))
        {
            for (var user = 0; user < users; user++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var until = options.Rows * (user + 1) / users;
                WriteUser(lines, user, until);
                progress?.Report((double)lines.Lines / options.Rows);
            }
        }

        using (var profiles = new LineWriter(Path.Combine(options.OutputFolder, ProfileName)))
        {
            profiles.Write($"#id\tgender\tage\tcountry\tregistered");
            for (var user = 0; user < users; user++)
            {
                profiles.Write($"user_{user + 1:D6}\t{(user % 3 == 0 ? "f" : user % 3 == 1 ? "m" : "")}\t{(user % 4 == 0 ? (int?)(18 + (user % 50)) : null)}\tSweden\tAug {1 + (user % 28)}, 2006");
            }
        }

        _planted.Facts["users"] = _users;
        _planted.Facts["sessions"] = _sessions;
        _planted.Facts["sessions_of_one_track"] = _sessionsOfOne;
        _planted.Facts["skips"] = _skips;
        return _planted.Truth(
            options.Source,
            FileName,
            options.Rows,
            new SimulatedFile(ProfileName, "scrobble_users", users, users, new Dictionary<string, long>()));
    }

    private void WriteUser(LineWriter lines, int user, long until)
    {
        var time = new DateTime(2009, 6, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(-_random.Integer(86_400));
        var taste = _random.Integer(Artists);
        long gap = long.MaxValue;
        long tracks = 0;
        var artist = taste;
        while (lines.Lines < until)
        {
            if (lines.Lines % SourceSimulator.DefectEvery == SourceSimulator.DefectEvery - 1
                && lines.Lines + 1 < until && tracks > 0)
            {
                WriteDefect(lines, user, time);
                continue;
            }

            // An artist of the user's taste; a third of the plays stay with the one before.
            if (!_random.Chance(0.33))
            {
                var u = _random.Uniform();
                artist = (taste + (int)(u * u * u * 2000)) % Artists;
            }

            var track = (artist * 7L) + _random.Integer(20);
            lines.Write($"user_{user + 1:D6}\t{time:yyyy-MM-dd}T{time:HH:mm:ss}Z\t{Id(artist, artist % 15 == 0)}\t{Words[artist % Words.Length]} {artist}\t{Id(track * 31, track % 9 == 0)}\t{Words[(int)(track % Words.Length)]} {Words[(int)(track / 5 % Words.Length)]} {track}");
            _planted.Staged++;
            tracks++;
            if (gap < SkipSeconds)
            {
                _skips++;
            }

            // Backwards in time: how long before the play just written the one before began.
            gap = _random.Chance(0.065) ? GapSeconds + 1 + _random.Integer(90_000)
                : _random.Chance(0.04) ? 1 + _random.Integer(SkipSeconds - 1)
                : 120 + _random.Integer(240);
            time = time.AddSeconds(-gap);
            if (gap > GapSeconds)
            {
                End(ref tracks);
            }
        }

        End(ref tracks);
        _users++;
    }

    private void End(ref long tracks)
    {
        if (tracks > 0)
        {
            _sessions++;
            _sessionsOfOne += tracks == 1 ? 1 : 0;
        }

        tracks = 0;
    }

    private void WriteDefect(LineWriter lines, int user, DateTime time)
    {
        switch (lines.Lines / SourceSimulator.DefectEvery % 6)
        {
            case 0:
                lines.Write($"user_{user + 1:D6}\t{time:yyyy-MM-dd}T{time:HH:mm:ss}Z\t\t \t\tno artist");
                _planted.Quarantine("missing_artist");
                break;
            case 1:
                lines.Write($"user_{user + 1:D6}\t{time:yyyy-MM-dd}T{time:HH:mm:ss}Z\t\tno track\t\t");
                _planted.Quarantine("missing_track");
                break;
            case 2:
                lines.Write($"user_{user + 1:D6}\t{time:yyyy-MM-dd} soon\t\tartist\t\ttrack");
                _planted.Quarantine("bad_timestamp");
                break;
            case 3:
                lines.Write($"\t{time:yyyy-MM-dd}T{time:HH:mm:ss}Z\t\tartist\t\ttrack");
                _planted.Quarantine("missing_user_id");
                break;
            case 4:
                lines.Write($"user_{user + 1:D6}\t{time:yyyy-MM-dd}T{time:HH:mm:ss}Z\tcut off");
                _planted.Reject("field_count");
                break;
            default:
                // Twice the same play, later than all others by hours: a session of one track.
                var at = new DateTime(2009, 7, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(lines.Lines);
                lines.Write($"user_{user + 1:D6}\t{at:yyyy-MM-dd}T{at:HH:mm:ss}Z\t\tTwice\t\tThe same");
                lines.Write($"user_{user + 1:D6}\t{at:yyyy-MM-dd}T{at:HH:mm:ss}Z\t\tTwice\t\tThe same");
                _planted.Staged++;
                _planted.Duplicates++;
                _sessions++;
                _sessionsOfOne++;
                break;
        }
    }

    /// <summary>An id of the shape of MusicBrainz's, or nothing.</summary>
    private static string Id(long number, bool isEmpty) => isEmpty
        ? ""
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{number * 2654435761 % 4294967296:x8}-b0a5-4d1a-9c3e-{number * 40503:x12}");
}
