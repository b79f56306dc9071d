-- Take off when these papers were asked about before.
DELETE FROM ops.asked WHERE purpose = $purpose AND paper_id IN (SELECT unnest($papers));
