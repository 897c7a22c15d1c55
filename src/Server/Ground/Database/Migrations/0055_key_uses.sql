-- When keys of users and of projects were used last, as of the last minute; null where they never were since this was kept.
ALTER TABLE user_keys ADD COLUMN last_used $INT;
ALTER TABLE project_keys ADD COLUMN last_used $INT;
