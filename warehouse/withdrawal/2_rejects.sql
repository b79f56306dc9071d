-- What was set aside of a withdrawn source.
DELETE FROM ops.rejects WHERE source IN (SELECT unnest($sources));
