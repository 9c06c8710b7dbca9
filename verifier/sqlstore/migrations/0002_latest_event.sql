-- How far the clock has been is asked for in every ceremony.
CREATE INDEX events_by_time ON events (at);
CREATE INDEX events_by_action ON events (action);
