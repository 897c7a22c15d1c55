-- The span that a job was asked for in, as W3C's traceparent: what becomes of the job belongs to that trace.
ALTER TABLE jobs ADD COLUMN trace TEXT;
