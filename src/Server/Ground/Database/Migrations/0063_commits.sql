-- What a commit says, where the run that made the version told: the first line of its message, and its author.
ALTER TABLE versions ADD COLUMN subject $TEXT;
ALTER TABLE versions ADD COLUMN author $TEXT;
