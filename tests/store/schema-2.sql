-- What schema version 2 has beyond version 1, and a few rows: to be run after schema-1.sql.
CREATE TABLE events (
  sequence     INTEGER NOT NULL PRIMARY KEY, -- the ID of the event stream
  product      INTEGER NOT NULL,
  item         INTEGER NOT NULL, -- the product or the variation
  at           INTEGER NOT NULL,
  managed      TEXT NOT NULL,
  quantity     INTEGER,
  stock_status TEXT NOT NULL,
  backorders   TEXT NOT NULL,
  available    INTEGER NOT NULL  -- 1: a shopper can buy it
);
CREATE TABLE bookmarks (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- As make_delivery(3), (4) and (6): not in the order of their keys, as those are random.
INSERT INTO deliveries VALUES ('00000000000000000000000000000006', x'06000000000000000000000000000000',
  'product.updated', 7, 6, 4500, 'applied');
INSERT INTO deliveries VALUES ('00000000000000000000000000000003', x'03000000000000000000000000000000',
  'product.updated', 7, 3, 3000, 'applied');
INSERT INTO deliveries VALUES ('00000000000000000000000000000004', x'04000000000000000000000000000000',
  'product.updated', 7, 4, 4000, 'stale');
INSERT INTO history VALUES (2, 34, 34, 6, 'webhook product.updated', '00000000000000000000000000000006',
  'none', NULL, 'instock', 'no', 'none', NULL, 'instock', 'no', 'publish', 'publish', 0, 6);
INSERT INTO events VALUES (41, 34, 35, 9, 'own', -3, 'onbackorder', 'notify', 1);
INSERT INTO bookmarks VALUES ('a', 'b');
PRAGMA user_version = 2;
