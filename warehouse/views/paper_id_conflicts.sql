-- Ids that sources claim for several papers: they contradict each other, so these papers were not merged.
CREATE OR REPLACE VIEW main.paper_id_conflicts AS
WITH claimed AS (
    UNPIVOT (SELECT paper_id, source, pmcid, pmid, doi FROM main.paper_sources)
    ON pmcid, pmid, doi INTO NAME scheme VALUE value
),
-- by hashes first: few ids are left for the lists
suspected AS MATERIALIZED (
    SELECT hash(scheme, value) AS id
    FROM claimed
    GROUP BY id
    HAVING min(hash(paper_id)) <> max(hash(paper_id))
)
SELECT
    scheme,
    value,
    list(DISTINCT paper_id ORDER BY paper_id) AS paper_ids,
    list(DISTINCT paper_id || ' (' || source || ')' ORDER BY paper_id || ' (' || source || ')') AS claims
FROM claimed
WHERE hash(scheme, value) IN (FROM suspected)
GROUP BY scheme, value
HAVING count(DISTINCT paper_id) > 1;

COMMENT ON COLUMN main.paper_id_conflicts.scheme IS 'pmcid, pmid or doi';
COMMENT ON COLUMN main.paper_id_conflicts.value IS 'The id';
COMMENT ON COLUMN main.paper_id_conflicts.paper_ids IS 'Papers that it is claimed for';
COMMENT ON COLUMN main.paper_id_conflicts.claims IS 'Who claims it for which paper, as PMC1 (jats)';
