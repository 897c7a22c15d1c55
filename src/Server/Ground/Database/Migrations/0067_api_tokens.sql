-- API tokens of v0: keys of a user in the form of a signed token, for clients that take no other.
ALTER TABLE user_keys ADD COLUMN is_token $INT NOT NULL DEFAULT 0;
