DELETE FROM client WHERE seen < $1;
