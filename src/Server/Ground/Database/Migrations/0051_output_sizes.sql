-- Outputs count toward the storage quotas. Those of before count nothing.
ALTER TABLE job_outputs ADD COLUMN size $INT NOT NULL DEFAULT 0;
