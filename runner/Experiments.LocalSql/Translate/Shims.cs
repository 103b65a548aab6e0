namespace Experiments.LocalSql.Translate;

/// <summary>
/// DuckDB macros in the schema <c>tsql</c> that carry what a single DuckDB function does not: conversions of text as
/// SQL Server does them. Errors raised by them begin with the server's number in brackets.
/// </summary>
internal static class Shims
{
    internal const string CreateSql = """
        CREATE OR REPLACE MACRO tsql.left_bytes(s, n) AS
            CASE WHEN strlen(s) <= n THEN s
                 WHEN strlen(s) = length(s) THEN left(s, CAST(n AS BIGINT))
                 ELSE list_aggregate(list_transform(
                        list_filter(range(1, length(s) + 1), lambda i: strlen(left(s, i)) <= n),
                        lambda i: s[i]), 'string_agg', '') END;
        -- Most texts have no blanks around them; looking first is several times as fast as trimming always.
        CREATE OR REPLACE MACRO tsql.trim_blanks(s) AS
            CASE WHEN starts_with(s, ' ') OR ends_with(s, ' ') THEN trim(s, ' ') ELSE s END;
        CREATE OR REPLACE MACRO tsql.trim_end(s) AS CASE WHEN ends_with(s, ' ') THEN rtrim(s, ' ') ELSE s END;
        CREATE OR REPLACE MACRO tsql.len(s) AS
            CASE WHEN ends_with(s, ' ') THEN length(rtrim(s, ' ')) ELSE length(s) END;
        CREATE OR REPLACE MACRO tsql.try_integer_text(s) AS
            CASE WHEN regexp_full_match(s, ' *[+-]?[0-9]+ *') THEN trim(s, ' ')
                 WHEN regexp_full_match(s, ' *[+-]? *') THEN '0' END;
        CREATE OR REPLACE MACRO tsql.integer_text(s, t) AS
            CASE WHEN s IS NULL THEN NULL
                 ELSE coalesce(tsql.try_integer_text(s),
                    error(CASE WHEN t = 'bigint' THEN '[8114] Error converting data type varchar to bigint.'
                        ELSE '[245] Conversion failed when converting the varchar value ''' || s || ''' to data type ' || t || '.' END)) END;
        CREATE OR REPLACE MACRO tsql.try_decimal_text(s) AS
            CASE WHEN regexp_full_match(s, ' *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+) *') THEN trim(s, ' ') END;
        CREATE OR REPLACE MACRO tsql.decimal_text(s) AS
            CASE WHEN s IS NULL THEN NULL
                 ELSE coalesce(tsql.try_decimal_text(s),
                    error('[8114] Error converting data type varchar to numeric.')) END;
        CREATE OR REPLACE MACRO tsql.try_float(s) AS
            CASE WHEN regexp_full_match(s, ' *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *')
                    THEN CASE WHEN isfinite(TRY_CAST(s AS DOUBLE)) THEN TRY_CAST(s AS DOUBLE) END
                 -- The server takes d for the exponent too.
                 WHEN regexp_full_match(s, ' *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)[dD][+-]?[0-9]+ *')
                    THEN CASE WHEN isfinite(TRY_CAST(replace(lower(s), 'd', 'e') AS DOUBLE))
                        THEN TRY_CAST(replace(lower(s), 'd', 'e') AS DOUBLE) END
                 WHEN regexp_full_match(s, ' *') THEN CAST(0 AS DOUBLE) END;
        CREATE OR REPLACE MACRO tsql.to_float(s) AS
            CASE WHEN s IS NULL THEN NULL
                 ELSE coalesce(tsql.try_float(s), error('[8114] Error converting data type varchar to float.')) END;
        CREATE OR REPLACE MACRO tsql.try_bit(s) AS
            CASE WHEN lower(trim(s, ' ')) = 'true' THEN true
                 WHEN lower(trim(s, ' ')) = 'false' OR trim(s, ' ') = '' THEN false
                 WHEN regexp_full_match(s, ' *[+-]?[0-9]+ *') THEN TRY_CAST(s AS HUGEINT) <> 0 END;
        CREATE OR REPLACE MACRO tsql.to_bit(s) AS
            CASE WHEN s IS NULL THEN NULL
                 ELSE coalesce(tsql.try_bit(s),
                    error('[245] Conversion failed when converting the varchar value ''' || s || ''' to data type bit.')) END;
        -- A moment of seven decimals rounded to six; NULL where it is none.
        CREATE OR REPLACE MACRO tsql.to_sixth(s) AS
            strftime(TRY_CAST(left(s, 26) AS TIMESTAMP)
                + to_microseconds(CASE WHEN substr(s, 27, 1) >= '5' THEN 1 ELSE 0 END), '%Y-%m-%d %H:%M:%S.%f');
        -- Text as DuckDB reads a date and time. Most texts are ISO and stay as they are; else: eight digits are a date,
        -- an empty text is 1900-01-01, a time alone belongs to that day, a seventh decimal rounds the sixth, and what
        -- only DuckDB knows (infinity, epoch, years beyond 9999) is no date.
        CREATE OR REPLACE MACRO tsql.date_text(s) AS
            CASE WHEN substr(s, 5, 1) = '-' AND length(s) <= 26 AND NOT starts_with(s, '0000') THEN s
                 WHEN regexp_full_match(s, ' *[0-9]{8}( .*)?')
                    THEN left(ltrim(s, ' '), 4) || '-' || substr(ltrim(s, ' '), 5, 2) || '-' || substr(ltrim(s, ' '), 7)
                 WHEN trim(s, ' ') = '' THEN '1900-01-01'
                 WHEN regexp_full_match(s, ' *[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)? *')
                    THEN '1900-01-01 ' || trim(s, ' ')
                 WHEN regexp_full_match(s, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{7}')
                    THEN coalesce(tsql.to_sixth(s), s)
                 WHEN regexp_matches(s, '\.[0-9]{8}') THEN 'no date: ' || s
                 WHEN regexp_matches(s, '^ *[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([ T].*)? *$') AND NOT starts_with(s, '0000')
                    THEN s
                 WHEN s IS NOT NULL THEN 'no date: ' || s END;
        CREATE OR REPLACE MACRO tsql.datetime_text(s) AS
            CASE WHEN regexp_matches(s, '\.[0-9]{4}') THEN 'no datetime: ' || s ELSE tsql.date_text(s) END;
        -- The same for a type of fewer decimals, which rounds the text itself, not its sixth decimal.
        CREATE OR REPLACE MACRO tsql.short_date_text(s) AS
            CASE WHEN length(s) = 27 AND substr(s, 5, 1) = '-' AND substr(s, 20, 1) = '.' THEN left(s, 26)
                 ELSE tsql.date_text(s) END;
        -- A time of seven decimals, six being what there is; without that many it stays.
        CREATE OR REPLACE MACRO tsql.time_text(s) AS
            CASE WHEN trim(s, ' ') = '' THEN '00:00'
                 WHEN regexp_matches(s, '\.[0-9]{8}') THEN 'no time: ' || s
                 WHEN regexp_full_match(s, '[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{7}')
                    THEN coalesce(right(tsql.to_sixth('2000-01-01 ' || s), 15), s)
                 ELSE trim(s, ' ') END;
        CREATE OR REPLACE MACRO tsql.short_time_text(s) AS
            CASE WHEN regexp_full_match(s, '[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{7}') THEN left(s, 15) ELSE tsql.time_text(s) END;
        -- The same with an offset, before which the server takes a blank.
        CREATE OR REPLACE MACRO tsql.offset_text(s) AS
            CASE WHEN regexp_full_match(s, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{7} ?(Z|[+-][0-9]{2}:[0-9]{2})')
                    THEN coalesce(tsql.to_sixth(left(s, 27)) || ltrim(substr(s, 28), ' '), s)
                 WHEN regexp_matches(s, '\.[0-9]{8}') THEN 'no date: ' || s
                 WHEN length(s) > 16 AND substr(s, -7, 1) = ' ' THEN left(s, -7) || right(s, 6)
                 WHEN length(s) > 26 THEN s
                 ELSE tsql.date_text(s) END;
        CREATE OR REPLACE MACRO tsql.short_offset_text(s) AS
            CASE WHEN length(s) > 27 AND regexp_full_match(substr(s, 20), '\.[0-9]{7} ?(Z|[+-][0-9]{2}:[0-9]{2})')
                    THEN left(s, 26) || ltrim(substr(s, 28), ' ')
                 ELSE tsql.offset_text(s) END;
        -- A quotient rounded down, also below zero.
        CREATE OR REPLACE MACRO tsql.whole(n, d) AS (n - (n % d + d) % d) // d;
        -- A time rounded to steps of so many microseconds, halves up, also before 1970.
        CREATE OR REPLACE MACRO tsql.rounded(t, step) AS
            make_timestamp(tsql.whole(epoch_us(t) + step // 2, step) * step);
        -- A datetime counts three-hundredths of a second and shows them as .000, .003 and .007; and what they stand for.
        CREATE OR REPLACE MACRO tsql.ticks(t) AS tsql.whole(epoch_us(t) * 3 + 5000, 10000);
        CREATE OR REPLACE MACRO tsql.to_datetime(t) AS
            CASE WHEN t < TIMESTAMP '1753-01-01' THEN error('[242] The conversion to a datetime data type resulted in an out-of-range value.')
            ELSE make_timestamp(tsql.whole(tsql.ticks(t), 3) * 10000
                + CASE tsql.ticks(t) - tsql.whole(tsql.ticks(t), 3) * 3 WHEN 0 THEN 0 WHEN 1 THEN 3000 ELSE 7000 END) END;
        CREATE OR REPLACE MACRO tsql.of_datetime(t) AS
            make_timestamp(tsql.whole(tsql.ticks(t), 3) * 10000
                + CASE tsql.ticks(t) - tsql.whole(tsql.ticks(t), 3) * 3 WHEN 0 THEN 0 WHEN 1 THEN 3333 ELSE 6667 END);
        """;
}
