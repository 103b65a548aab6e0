using Experiments.LocalSql.Native;

namespace Experiments.Benchmarks;

/// <summary>
/// A listening history from the file to the metrics of users, as somebody would write it in DuckDB SQL: its own reader,
/// the same tables with the same columns, a statement a table where one will do.
/// </summary>
internal static class ScrobblesByHand
{
    internal static void Run(string phase, string file, string database)
    {
        using var duck = DuckDatabase.Open(database, new Dictionary<string, string>());
        using var connection = duck.Connect();
        connection.Execute("SET TimeZone = 'UTC'");
        connection.Execute(phase switch
        {
            "load" => Load(file),
            "refresh" => Refresh,
            _ => throw new ArgumentException("No such phase: " + phase),
        });
    }

    private static string Load(string file) => $$"""
        CREATE TABLE raw_scrobbles AS
            SELECT CAST(1 AS BIGINT) AS load_id, row_number() OVER () AS line_number, user_id, played_at, artist_id,
                artist_name, track_id, track_name, CAST(NULL AS VARCHAR) AS album_name, CAST(NULL AS VARCHAR) AS reject_rule
            FROM read_csv('{{file}}', delim = '\t', header = false, quote = '', escape = '', store_rejects = true,
                columns = {user_id: 'VARCHAR', played_at: 'VARCHAR', artist_id: 'VARCHAR', artist_name: 'VARCHAR',
                    track_id: 'VARCHAR', track_name: 'VARCHAR'});
        """;

    private const string Refresh = """
        CREATE TABLE scrobble_plays AS
            SELECT user_id, load_id, line_number, artist_id, track_id, artist_name, track_name, album_name,
                date_diff('microsecond', played_at, lead(played_at) OVER w) / 1e6 AS seconds_to_next, played_at
            FROM
            (
                SELECT trim(user_id) AS user_id, load_id, line_number, nullif(trim(artist_id), '') AS artist_id,
                    nullif(trim(track_id), '') AS track_id, trim(artist_name) AS artist_name, trim(track_name) AS track_name,
                    nullif(trim(album_name), '') AS album_name, TRY_CAST(replace(played_at, 'Z', '') AS TIMESTAMP) AS played_at
                FROM raw_scrobbles
            )
            WHERE played_at IS NOT NULL AND user_id <> '' AND artist_name <> '' AND track_name <> ''
            WINDOW w AS (PARTITION BY user_id ORDER BY played_at, load_id, line_number);
        CREATE TABLE quarantine AS
            SELECT 'scrobbles' AS source, load_id, line_number,
                CASE WHEN coalesce(trim(user_id), '') = '' THEN 'missing_user_id' WHEN coalesce(trim(artist_name), '') = '' THEN 'missing_artist'
                    WHEN coalesce(trim(track_name), '') = '' THEN 'missing_track' ELSE 'bad_timestamp' END AS rule_name,
                CASE WHEN coalesce(trim(user_id), '') = '' THEN 'user_id' WHEN coalesce(trim(artist_name), '') = '' THEN 'artist_name'
                    WHEN coalesce(trim(track_name), '') = '' THEN 'track_name' ELSE 'played_at' END AS column_name,
                played_at AS raw_value, now() AS quarantined_at
            FROM raw_scrobbles AS r
            WHERE NOT EXISTS (SELECT 1 FROM scrobble_plays AS p WHERE p.load_id = r.load_id AND p.line_number = r.line_number);
        CREATE TABLE duplicates AS
            SELECT 'scrobbles' AS source, p.load_id, p.line_number, 'same_play' AS rule_name,
                concat(user_id, ' ', artist_name) AS key_value, NULL::VARCHAR AS variation_id,
                first_value(load_id) OVER same AS kept_load_id, first_value(line_number) OVER same AS kept_line_number,
                now() AS recorded_at
            FROM scrobble_plays AS p
            WHERE (p.user_id, p.played_at) IN (SELECT (user_id, played_at) FROM scrobble_plays WHERE seconds_to_next = 0)
            WINDOW same AS (PARTITION BY user_id, played_at, artist_name, track_name ORDER BY load_id, line_number)
            QUALIFY row_number() OVER same > 1;
        UPDATE scrobble_plays AS p SET seconds_to_next = d.seconds_to_next
            FROM (SELECT a.user_id, a.played_at, a.seconds_to_next FROM scrobble_plays AS a
                JOIN duplicates AS b ON b.load_id = a.load_id AND b.line_number = a.line_number) AS d
            WHERE d.user_id = p.user_id AND d.played_at = p.played_at AND p.seconds_to_next = 0;
        DELETE FROM scrobble_plays AS p USING duplicates AS d WHERE d.load_id = p.load_id AND d.line_number = p.line_number;
        CREATE TEMP TABLE session_artists AS
            SELECT user_id, session_number, artist_name, count(*) AS tracks, count(*) FILTER (seconds_to_next < 30) AS skips,
                sum(coalesce(least(seconds_to_next, 600), 0)) AS seconds, min(played_at) AS started_at, max(played_at) AS last_at
            FROM (SELECT *, 1 + coalesce(sum((seconds_to_next > 1800)::INT) OVER (PARTITION BY user_id
                ORDER BY played_at, load_id, line_number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::BIGINT AS session_number
                FROM scrobble_plays)
            GROUP BY ALL;
        CREATE TABLE dim_sessions AS
            SELECT user_id, session_number, sum(tracks)::BIGINT AS track_count, count(*) AS unique_artist_count,
                sum(skips)::BIGINT AS skip_count, sum(seconds) / 60 AS minutes, sum(skips) / sum(tracks) AS skip_rate,
                min(started_at) AS started_at, max(last_at) AS last_played_at
            FROM session_artists GROUP BY ALL HAVING sum(tracks) >= 2;
        CREATE TABLE fct_user_metrics AS
            SELECT s.user_id, count(*) AS session_count, sum(track_count)::BIGINT AS track_count, sum(skip_count)::BIGINT AS skip_count,
                any_value(a.artists) AS unique_artist_count, sum(minutes) AS minutes, avg(minutes) AS mean_session_minutes,
                sum(track_count) / count(*) AS tracks_per_session, sum(skip_count) / sum(track_count) AS skip_rate,
                bool_or(date_diff('day', first_at, started_at) = 1) AS is_retained_day_1, min(started_at) AS first_session_at,
                max(started_at) AS last_session_at
            FROM (SELECT *, min(started_at) OVER (PARTITION BY user_id) AS first_at FROM dim_sessions) AS s
            JOIN (SELECT user_id, count(DISTINCT artist_name) AS artists FROM session_artists
                SEMI JOIN dim_sessions USING (user_id, session_number) GROUP BY ALL) AS a ON a.user_id = s.user_id
            GROUP BY s.user_id HAVING count(*) >= 3;
        """;
}
