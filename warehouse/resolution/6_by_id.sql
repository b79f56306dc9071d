-- What the candidates' ids mean: papers by an id that no other paper goes by, too.
CREATE OR REPLACE TEMP TABLE wanted_ids AS
UNPIVOT (SELECT paper_id, position, pmcid, pmid, doi FROM candidates)
ON pmcid, pmid, doi INTO NAME scheme VALUE value;
CREATE OR REPLACE TEMP TABLE resolved_by_id AS
WITH known AS (
    SELECT scheme, value, any_value(paper_id) AS cited_paper_id
    FROM main.paper_ids
    SEMI JOIN wanted_ids USING (scheme, value)
    GROUP BY scheme, value
    HAVING count(*) = 1
)
SELECT paper_id, position, cited_paper_id, scheme AS resolved_by
FROM wanted_ids
JOIN known USING (scheme, value)
QUALIFY row_number() OVER (
    PARTITION BY paper_id, position ORDER BY list_position(['doi', 'pmid', 'pmcid'], scheme)
) = 1;
