-- 1 for what came with the database of another server: only that may be brought up to date by another import.
ALTER TABLE organizations ADD COLUMN imported $INT NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN imported $INT NOT NULL DEFAULT 0;
