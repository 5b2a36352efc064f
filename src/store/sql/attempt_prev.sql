SELECT prev FROM attempt WHERE lease = $1;
