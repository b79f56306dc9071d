-- Some landed documents, at random.
SELECT sha256, url FROM ops.documents ORDER BY random() LIMIT $most;
