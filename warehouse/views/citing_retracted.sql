-- References to retracted papers: the paper is here and marked as retracted, or a retraction notice here names it.
CREATE OR REPLACE VIEW main.citing_retracted AS
WITH notices AS MATERIALIZED (
    SELECT unnest(notice_of) AS known_as, paper_id AS notice_id, published AS noticed
    FROM main.papers
    WHERE article_type = 'retraction'
),
retracted_papers AS MATERIALIZED (
    SELECT paper_id FROM main.papers WHERE is_retracted
),
-- places of references first (docs/decisions/0014-lookups.md), their columns once these are known
naming AS MATERIALIZED (
    SELECT refs.rowid AS row, notice_id, noticed
    FROM main.references AS refs
    JOIN (FROM notices WHERE known_as[1:3] = 'PMC') AS notices ON refs.pmcid = known_as
    UNION ALL
    SELECT refs.rowid, notice_id, noticed
    FROM main.references AS refs
    JOIN (SELECT known_as[6:] AS pmid, * FROM notices WHERE known_as[1:5] = 'PMID:') AS notices USING (pmid)
    UNION ALL
    SELECT refs.rowid, notice_id, noticed
    FROM main.references AS refs
    JOIN (SELECT known_as[5:] AS doi, * FROM notices WHERE known_as[1:4] = 'DOI:') AS notices USING (doi)
),
named AS MATERIALIZED (
    SELECT row, min(noticed) AS retracted, arg_min(notice_id, noticed) AS notice_id FROM naming GROUP BY row
),
offending AS (
    SELECT rowid AS row
    FROM main.references
    WHERE cited_paper_id IN (FROM retracted_papers) AND cited_paper_id <> paper_id
    UNION
    SELECT row FROM named
),
refs AS MATERIALIZED (
    SELECT rowid AS row, paper_id, position, cited_paper_id, title, citation
    FROM main.references
    WHERE rowid IN (FROM offending)
),
told AS MATERIALIZED (
    SELECT paper_id, title, published, article_type
    FROM main.papers
    WHERE paper_id IN (SELECT paper_id FROM refs UNION SELECT cited_paper_id FROM refs)
)
SELECT
    paper_id,
    citing.title,
    citing.published,
    position,
    refs.cited_paper_id,
    coalesce(cited.title, refs.title, refs.citation) AS cited_title,
    named.notice_id,
    named.retracted,
    citing.published > named.retracted AS is_after_retraction
FROM refs
JOIN told AS citing USING (paper_id)
LEFT JOIN named USING (row)
LEFT JOIN told AS cited ON cited.paper_id = refs.cited_paper_id
WHERE citing.article_type IS DISTINCT FROM 'retraction';

COMMENT ON COLUMN main.citing_retracted.paper_id IS 'Citing paper, see papers';
COMMENT ON COLUMN main.citing_retracted.title IS 'Title of the citing paper';
COMMENT ON COLUMN main.citing_retracted.published IS 'When the citing paper was published';
COMMENT ON COLUMN main.citing_retracted.position IS 'Place in its reference list';
COMMENT ON COLUMN main.citing_retracted.cited_title IS 'Title of the retracted paper, else the reference as text';
COMMENT ON COLUMN main.citing_retracted.notice_id IS 'Paper that is the retraction notice, where it is here';
COMMENT ON COLUMN main.citing_retracted.retracted IS 'When that notice was published';
COMMENT ON COLUMN main.citing_retracted.is_after_retraction IS 'Whether the citing paper came after the notice; null where one date is not known';
