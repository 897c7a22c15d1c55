-- Where the part of a series began, when later values show another place than those that proved it did.
ALTER TABLE change_series ADD COLUMN located $INT;

-- Of a change that moved: since when it was told before. Of one that was split or merged: the other change.
ALTER TABLE change_events ADD COLUMN version_id $INT;
ALTER TABLE change_events ADD COLUMN other_id $INT;
