-- 1 while the results of a long run are recorded slice by slice: nobody is shown its report before they are all there. Where that never comes, it is removed.
ALTER TABLE reports ADD COLUMN incomplete $INT NOT NULL DEFAULT 0;
CREATE INDEX reports_incomplete ON reports (created) WHERE incomplete = 1;
