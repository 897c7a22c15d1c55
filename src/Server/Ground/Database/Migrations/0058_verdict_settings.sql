-- How a project wants its series judged; a project without a row is judged by the defaults.
CREATE TABLE verdict_settings (
    project_id $INT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    alarms $REAL NOT NULL, -- False alarms that are accepted in four weeks.
    effect_min $REAL NOT NULL,
    reproduced_fails $INT NOT NULL,
    beside_thresholds $INT NOT NULL,
    series_commits $INT NOT NULL, -- Of the four weeks before they were counted.
    counted $INT NOT NULL
) $STRICT;

-- The same for one measure.
CREATE TABLE measure_verdicts (
    measure_id $INT PRIMARY KEY REFERENCES measures (id) ON DELETE CASCADE,
    direction $TEXT, -- Guessed from the units where absent.
    effect_min $REAL -- The project's where absent.
) $STRICT;
