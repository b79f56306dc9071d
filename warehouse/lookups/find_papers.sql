-- The papers that an id means, read as each of the ids that it can be (null where it cannot): by the key, else by
-- the ids that papers have, else by those that one of their sources has for them.
SELECT DISTINCT paper_id
FROM (
    SELECT paper_id, 1 AS rank FROM main.papers WHERE paper_id = $paper_id
    UNION ALL
    SELECT paper_id, 2 FROM main.papers WHERE pmcid = $pmcid OR pmid = $pmid OR doi = $doi
    UNION ALL
    SELECT paper_id, 3
    FROM main.paper_sources
    WHERE own_id = $paper_id OR pmcid = $pmcid OR pmid = $pmid OR doi = $doi
)
QUALIFY rank = min(rank) OVER ()
ORDER BY paper_id;
