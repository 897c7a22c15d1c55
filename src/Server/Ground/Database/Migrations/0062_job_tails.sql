-- What a job that runs has written lately, as its page shows it; null once it has ended.
ALTER TABLE jobs ADD COLUMN tail $TEXT;
