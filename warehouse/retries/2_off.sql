-- Take them off the list.
DELETE FROM ops.retries
WHERE (topic, source, source_id) IN (SELECT (topic, source, source_id) FROM taken_off);
