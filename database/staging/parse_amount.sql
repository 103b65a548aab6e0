/*
One row: a text as an amount of money, or NULL where it is none. Takes a sign, one currency sign before the digits,
thousands parted by commas in groups of three, and an exponent; at most four decimals are kept, halves away from zero.
The shape is checked before the conversion, since T-SQL takes '-' for 0. The text comes trimmed, NULL for empty.
*/
CREATE OR ALTER FUNCTION staging.parse_amount (@text varchar(4000))
RETURNS TABLE
AS
RETURN
(
    SELECT
        CASE
            /* 1,299.00: what remains of the shape without its groups of three has no comma. */
            WHEN n.shape LIKE '%,%'
                AND (REPLACE(n.shape, ',000', '') LIKE '%,%' OR n.shape LIKE ',%' OR n.shape LIKE '%.%,%'
                    OR n.shape LIKE '0000%,%' OR n.shape LIKE '%,0000%')
                THEN NULL
            WHEN n.digits = '' OR LEN(n.digits) > 40 OR n.shape LIKE 'e%' THEN NULL
            WHEN REPLACE(REPLACE(n.shape, '0', ''), ',', '') IN ('', '.')
                AND REPLACE(n.shape, '.', '') <> ''
                AND LEN(n.digits) <= 18
                THEN TRY_CAST(CONCAT(n.sign_text, n.digits) AS decimal(19, 4))
            WHEN REPLACE(n.shape, '0', '') IN ('e', 'e-', 'e+', '.e', '.e-', '.e+')
                AND n.shape NOT LIKE '%,%'
                AND ABS(TRY_CAST(CONCAT(n.sign_text, n.digits) AS float)) < 1e14
                THEN CAST(TRY_CAST(CONCAT(n.sign_text, n.digits) AS float) AS decimal(19, 4))
        END AS parsed_amount
    FROM
    (
        SELECT
            u.sign_text,
            LOWER(REPLACE(u.unsigned, ',', '')) AS digits,
            LOWER(TRANSLATE(u.unsigned, '123456789', '000000000')) AS shape
        FROM
        (
            SELECT
                s.sign_text,
                TRIM
                (
                    CASE
                        WHEN LEFT(s.rest, 1) IN ('$', '€', '£', '¥') THEN SUBSTRING(s.rest, 2, 4000)
                        ELSE s.rest
                    END
                ) AS unsigned
            FROM
            (
                SELECT
                    CASE WHEN LEFT(c.text_value, 1) = '-' THEN '-' ELSE '' END AS sign_text,
                    CASE
                        WHEN LEFT(c.text_value, 1) IN ('-', '+') THEN SUBSTRING(c.text_value, 2, 4000)
                        ELSE c.text_value
                    END AS rest
                FROM
                (
                    /* €-5 is -€5. */
                    SELECT
                        CASE
                            WHEN LEFT(@text, 1) IN ('$', '€', '£', '¥') AND SUBSTRING(@text, 2, 1) IN ('-', '+')
                                THEN CONCAT(SUBSTRING(@text, 2, 1), LEFT(@text, 1), SUBSTRING(@text, 3, 4000))
                            ELSE @text
                        END AS text_value
                ) AS c
            ) AS s
        ) AS u
    ) AS n
);
GO
