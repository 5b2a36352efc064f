SELECT min(at) FROM timed;
