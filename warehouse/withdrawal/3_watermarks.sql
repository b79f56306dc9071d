-- How far its topics had come: a later run starts over.
DELETE FROM ops.watermarks WHERE source IN (SELECT unnest($sources));
