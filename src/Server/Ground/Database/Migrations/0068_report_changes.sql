-- The change of its head that brought a report's metrics: a server reads only those that are new to it.
ALTER TABLE reports ADD COLUMN change $INT NOT NULL DEFAULT 0;
CREATE INDEX reports_by_head_and_change ON reports (head_id, change);
DROP INDEX reports_by_head;
