DELETE FROM worker WHERE seen < $1;
