-- The state of the old manager, as it made its database itself.
CREATE TABLE tables (
  table_id INTEGER PRIMARY KEY AUTOINCREMENT,
  table_name TEXT NOT NULL UNIQUE,
  returned INTEGER DEFAULT 0
);
CREATE TABLE assignments (
  table_id INTEGER NOT NULL,
  client TEXT NOT NULL,
  requestTime INTEGER,
  returnTime INTEGER DEFAULT NULL,
  result TEXT DEFAULT NULL,
  error TEXT DEFAULT NULL
);
CREATE TABLE cea (
  table_id INTEGER NOT NULL,
  row_id INTEGER NOT NULL,
  col_id INTEGER NOT NULL,
  mapped TEXT DEFAULT NULL,
  PRIMARY KEY (table_id, row_id, col_id)
);
CREATE TABLE cpa (
  table_id INTEGER NOT NULL,
  sub_id INTEGER NOT NULL,
  obj_id INTEGER NOT NULL,
  mapped TEXT DEFAULT NULL,
  PRIMARY KEY (table_id, sub_id, obj_id)
);
CREATE TABLE cta (
  table_id INTEGER NOT NULL,
  col_id INTEGER NOT NULL,
  mapped TEXT DEFAULT NULL,
  PRIMARY KEY (table_id, col_id)
);
