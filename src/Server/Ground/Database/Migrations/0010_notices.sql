-- What a report did otherwise than its run asked for, as JSON.
ALTER TABLE reports ADD COLUMN notices $TEXT NOT NULL DEFAULT '';

-- Why a threshold yielded no limits for the metric: the numbers of NoLimits.
ALTER TABLE metrics ADD COLUMN no_limits $INT;
