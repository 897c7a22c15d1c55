-- The older points of a series, packed in columns: a plot reads them many times faster than rows. They can always be made
-- again from the metrics, so a change of their format empties this table and sets series.packed to 0.
CREATE TABLE packed_points (
    series_id $INT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    version_max $INT NOT NULL, -- The version of the last point.
    start_max $INT NOT NULL, -- The latest start time.
    points $INT NOT NULL, -- How many.
    columns $BLOB NOT NULL,
    PRIMARY KEY (series_id, version_max)
) $STRICT;

-- All points up to this version are packed.
ALTER TABLE series ADD COLUMN packed $INT NOT NULL DEFAULT 0;

-- The highest of the head's series: a report of a later version touches nothing that is packed.
ALTER TABLE heads ADD COLUMN packed $INT NOT NULL DEFAULT 0;
