-- The server that has a slot's channel: when that server is gone, so is the channel.
ALTER TABLE runner_slots ADD COLUMN server $INT;
