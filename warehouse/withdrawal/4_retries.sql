-- What could not be had of its papers.
DELETE FROM ops.retries WHERE source IN (SELECT unnest($sources));
