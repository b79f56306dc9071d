-- The papers that an id means, read as each of the ids that it can be (null where it cannot); the paper's own first.
SELECT paper_id
FROM main.papers
WHERE paper_id = $paper_id OR pmcid = $pmcid OR pmid = $pmid OR doi = $doi
ORDER BY paper_id <> $paper_id, paper_id;
