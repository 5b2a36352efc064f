UPDATE mark SET forgotten = $1;
