-- What a spec's owner lets its jobs do, and for how long; seconds, or null for what the server allows.
ALTER TABLE specs ADD COLUMN counters $INT NOT NULL DEFAULT 0;
ALTER TABLE specs ADD COLUMN timeout_max $INT;

-- The values of a job's environment, encrypted; null where it has none, or has ended. In config they are masked once the row is sealed.
ALTER TABLE jobs ADD COLUMN secrets $TEXT;
ALTER TABLE jobs ADD COLUMN sealed $INT NOT NULL DEFAULT 0;
CREATE INDEX jobs_unsealed ON jobs (id) WHERE sealed = 0;
