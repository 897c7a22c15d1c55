-- On PostgreSQL a metric is a row in a heap, and its key was repeated in an index of 100 bytes. An index of two numbers is
-- split where a series ends, not in the middle, and an iteration of 0, which nearly all are, takes no room as null.
-- Statements go on reading, deleting and, for servers of before, filling metrics.
$POSTGRES{
ALTER TABLE metrics RENAME TO metric_rows;
CREATE INDEX metric_rows_by_series ON metric_rows (series_id, version_id);
ALTER TABLE metric_rows DROP CONSTRAINT metrics_pkey;
ALTER TABLE metric_rows ALTER COLUMN iteration DROP NOT NULL;

CREATE VIEW metrics AS
    SELECT series_id, version_id, start_time, report_id, COALESCE(iteration, 0) AS iteration, value, lower_value, upper_value,
        model_id, baseline, lower_limit, upper_limit, no_limits
    FROM metric_rows;

CREATE FUNCTION insert_metric() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO metric_rows (series_id, version_id, start_time, report_id, iteration, value, lower_value, upper_value,
        model_id, baseline, lower_limit, upper_limit, no_limits)
    VALUES (NEW.series_id, NEW.version_id, NEW.start_time, NEW.report_id, NULLIF(NEW.iteration, 0), NEW.value, NEW.lower_value,
        NEW.upper_value, NEW.model_id, NEW.baseline, NEW.lower_limit, NEW.upper_limit, NEW.no_limits);
    RETURN NEW;
END $body$;
CREATE TRIGGER insert_metrics INSTEAD OF INSERT ON metrics FOR EACH ROW EXECUTE FUNCTION insert_metric();
$POSTGRES}
