SELECT min(not_before) FROM task WHERE state = :WAITING AND unmet = 0;
