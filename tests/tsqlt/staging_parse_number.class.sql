/* staging.parse_number: which texts are numbers, and which number each one is. */
EXEC tSQLt.NewTestClass 'staging_parse_number';
GO
CREATE PROCEDURE staging_parse_number.[test no rows give no rows]
AS
BEGIN
    SELECT
        p.parsed_value
    INTO #actual
    FROM (VALUES ('1')) AS s (sample_text)
    CROSS APPLY staging.parse_number(s.sample_text) AS p
    WHERE s.sample_text = 'none';

    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
CREATE PROCEDURE staging_parse_number.[test a decimal is that number]
AS
BEGIN
    DECLARE @actual float;

    SELECT @actual = p.parsed_value FROM staging.parse_number('12.50') AS p;

    DECLARE @expected float = 12.5e0;
    EXEC tSQLt.AssertEquals @expected, @actual;
END;
GO
CREATE PROCEDURE staging_parse_number.[test NULL is no number]
AS
BEGIN
    DECLARE @actual float = 1e0;

    SELECT @actual = p.parsed_value FROM staging.parse_number(NULL) AS p;

    EXEC tSQLt.AssertEquals NULL, @actual;
END;
GO
CREATE PROCEDURE staging_parse_number.[test signs, exponents and truth values are numbers, the same text twice]
AS
BEGIN
    SELECT
        s.sample_text,
        p.parsed_value
    INTO #actual
    FROM
    (
        VALUES
            ('0'), ('-3'), ('+3'), ('.5'), ('5.'), ('1e3'), ('1E-2'), ('true'), ('FALSE'), ('True'), ('7'), ('7')
    ) AS s (sample_text)
    CROSS APPLY staging.parse_number(s.sample_text) AS p;

    SELECT TOP (0)
        a.sample_text,
        a.parsed_value
    INTO #expected
    FROM #actual AS a;
    INSERT INTO #expected (sample_text, parsed_value)
    VALUES
        ('0', 0e0), ('-3', -3e0), ('+3', 3e0), ('.5', 0.5e0), ('5.', 5e0), ('1e3', 1000e0), ('1E-2', 0.01e0),
        ('true', 1e0), ('FALSE', 0e0), ('True', 1e0), ('7', 7e0), ('7', 7e0);
    EXEC tSQLt.AssertEqualsTable '#expected', '#actual';
END;
GO
CREATE PROCEDURE staging_parse_number.[test what only T-SQL takes for a number is none]
AS
BEGIN
    SELECT
        s.sample_text
    INTO #actual
    FROM
    (
        VALUES
            ('-'), ('+'), ('.'), ('-.'), ('e'), ('1d3'), ('1D3'), ('abc'), ('1,5'), ('12 3'), ('NaN'), ('Infinity'),
            ('inf'), ('0x1A'), ('1e999')
    ) AS s (sample_text)
    CROSS APPLY staging.parse_number(s.sample_text) AS p
    WHERE p.parsed_value IS NOT NULL;

    EXEC tSQLt.AssertEmptyTable '#actual';
END;
GO
