-- References to retracted papers: the paper is here and marked as retracted, or a retraction notice here names it.
CREATE OR REPLACE VIEW main.citing_retracted AS
WITH notices AS (
    SELECT unnest(notice_of) AS known_as, paper_id AS notice_id, published AS noticed
    FROM main.papers
    WHERE article_type = 'retraction'
),
named AS (
    SELECT paper_id, position, min(noticed) AS retracted, arg_min(notice_id, noticed) AS notice_id
    FROM (SELECT paper_id, position, unnest([pmcid, 'PMID:' || pmid, 'DOI:' || doi]) AS known_as FROM main.references)
    JOIN notices USING (known_as)
    GROUP BY paper_id, position
)
SELECT
    refs.paper_id,
    citing.title,
    citing.published,
    refs.position,
    refs.cited_paper_id,
    coalesce(cited.title, refs.title, refs.citation) AS cited_title,
    named.notice_id,
    named.retracted,
    citing.published > named.retracted AS is_after_retraction
FROM main.references AS refs
JOIN main.papers AS citing ON citing.paper_id = refs.paper_id
LEFT JOIN main.papers AS cited ON cited.paper_id = refs.cited_paper_id
LEFT JOIN named ON named.paper_id = refs.paper_id AND named.position = refs.position
WHERE (cited.is_retracted OR named.notice_id IS NOT NULL)
    AND citing.article_type IS DISTINCT FROM 'retraction'
    AND refs.cited_paper_id IS DISTINCT FROM refs.paper_id;

COMMENT ON COLUMN main.citing_retracted.paper_id IS 'Citing paper, see papers';
COMMENT ON COLUMN main.citing_retracted.title IS 'Title of the citing paper';
COMMENT ON COLUMN main.citing_retracted.published IS 'When the citing paper was published';
COMMENT ON COLUMN main.citing_retracted.position IS 'Place in its reference list';
COMMENT ON COLUMN main.citing_retracted.cited_title IS 'Title of the retracted paper, else the reference as text';
COMMENT ON COLUMN main.citing_retracted.notice_id IS 'Paper that is the retraction notice, where it is here';
COMMENT ON COLUMN main.citing_retracted.retracted IS 'When that notice was published';
COMMENT ON COLUMN main.citing_retracted.is_after_retraction IS 'Whether the citing paper came after the notice; null where one date is not known';
