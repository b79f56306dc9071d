-- References to retracted papers: the paper is here and marked as retracted, or a retraction notice here names it.
CREATE OR REPLACE VIEW main.citing_retracted AS
WITH notices AS (
    SELECT unnest(notice_of) AS known_as, paper_id AS notice_id, published AS noticed
    FROM main.papers
    WHERE article_type = 'retraction'
),
named AS (
    SELECT paper_id, position, min(noticed) AS retracted, arg_min(notice_id, noticed) AS notice_id
    FROM (
        SELECT paper_id, position, notice_id, noticed
        FROM main.references JOIN notices ON known_as[1:3] = 'PMC' AND pmcid = known_as
        UNION ALL
        SELECT paper_id, position, notice_id, noticed
        FROM main.references JOIN notices ON known_as[1:5] = 'PMID:' AND pmid = known_as[6:]
        UNION ALL
        SELECT paper_id, position, notice_id, noticed
        FROM main.references JOIN notices ON known_as[1:4] = 'DOI:' AND doi = known_as[5:]
    )
    GROUP BY paper_id, position
),
offending AS (
    SELECT refs.paper_id, position
    FROM main.references AS refs
    JOIN main.papers AS cited ON cited.paper_id = refs.cited_paper_id
    WHERE cited.is_retracted AND cited.paper_id <> refs.paper_id
    UNION
    SELECT paper_id, position FROM named
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
FROM offending
JOIN main.references AS refs USING (paper_id, position)
JOIN main.papers AS citing USING (paper_id)
LEFT JOIN named USING (paper_id, position)
LEFT JOIN main.papers AS cited ON cited.paper_id = refs.cited_paper_id
WHERE citing.article_type IS DISTINCT FROM 'retraction';

COMMENT ON COLUMN main.citing_retracted.paper_id IS 'Citing paper, see papers';
COMMENT ON COLUMN main.citing_retracted.title IS 'Title of the citing paper';
COMMENT ON COLUMN main.citing_retracted.published IS 'When the citing paper was published';
COMMENT ON COLUMN main.citing_retracted.position IS 'Place in its reference list';
COMMENT ON COLUMN main.citing_retracted.cited_title IS 'Title of the retracted paper, else the reference as text';
COMMENT ON COLUMN main.citing_retracted.notice_id IS 'Paper that is the retraction notice, where it is here';
COMMENT ON COLUMN main.citing_retracted.retracted IS 'When that notice was published';
COMMENT ON COLUMN main.citing_retracted.is_after_retraction IS 'Whether the citing paper came after the notice; null where one date is not known';
