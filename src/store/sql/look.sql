-- What is read until the end is of one moment, and locks are taken once.
BEGIN;
