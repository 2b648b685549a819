#include "store/sqlite/schema.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <array>

namespace ankkor::store::sqlite {

namespace {

// Comments within the statements are kept by SQLite: `.schema` shows them to an administrator.
// The order of the columns: the ones that are looked at first come first.
constexpr migration step_1 = R"sql(
-- ankkor's copy of the shop's stock. WooCommerce is the truth: look as much as you like, but let
-- ankkor do the writing. All times are UTC, in microseconds since 1970; to read one:
--   SELECT datetime(changed / 1000000, 'unixepoch') FROM products;
-- A read_begin of -9223372036854775808 means unknown. The views stock and recent_deliveries have
-- the times as text.
CREATE TABLE meta (
  name  TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('commits', 0);         -- transactions ever committed; see ankkor.seq
INSERT INTO meta VALUES ('highest_version', 0); -- the highest version of any product

-- A product as held. type to read_end are NULL while only variations of it have been heard of.
CREATE TABLE products (
  id            INTEGER NOT NULL PRIMARY KEY, -- the WordPress post ID
  version       INTEGER NOT NULL,             -- grows with every change of any product
  changed       INTEGER NOT NULL,             -- when the last change that a shopper can see was decided
  type          TEXT,    -- simple, variable, grouped, external, other
  status        TEXT,    -- publish, draft, pending, private, future, trash, other; gone: not there
  slug          TEXT,
  name          TEXT,
  sku           TEXT,
  price         TEXT,    -- decimal; '' if none
  regular_price TEXT,
  sale_price    TEXT,
  categories    TEXT,    -- JSON: [["slug","name"],...]
  variations    TEXT,    -- JSON: the IDs that WooCommerce lists
  managed       TEXT,    -- who counts: none, own, parent
  quantity      INTEGER, -- NULL if not managed; negative on backorder
  stock_status  TEXT,    -- instock, outofstock, onbackorder
  backorders    TEXT,    -- no, notify, yes
  modified      INTEGER, -- date_modified_gmt
  read_begin    INTEGER, -- when WooCommerce was read: not before this
  read_end      INTEGER  -- and not after this
);

CREATE TABLE variations (
  product       INTEGER NOT NULL,
  id            INTEGER NOT NULL,
  type          TEXT NOT NULL,
  status        TEXT NOT NULL,
  slug          TEXT NOT NULL,
  name          TEXT NOT NULL,
  sku           TEXT NOT NULL,
  price         TEXT NOT NULL,
  regular_price TEXT NOT NULL,
  sale_price    TEXT NOT NULL,
  categories    TEXT NOT NULL,
  variations    TEXT NOT NULL,
  managed       TEXT NOT NULL,
  quantity      INTEGER,
  stock_status  TEXT NOT NULL,
  backorders    TEXT NOT NULL,
  modified      INTEGER NOT NULL,
  read_begin    INTEGER NOT NULL,
  read_end      INTEGER NOT NULL,
  PRIMARY KEY (product, id)
) WITHOUT ROWID;

-- Webhooks that were taken: what makes a second delivery of the same a duplicate.
CREATE TABLE deliveries (
  delivery_id TEXT NOT NULL,    -- X-WC-Webhook-Delivery-ID; WooCommerce reuses it within a second
  body_digest BLOB NOT NULL,
  topic       TEXT NOT NULL,
  webhook_id  INTEGER NOT NULL, -- 0 if there was none
  resource    INTEGER NOT NULL, -- the product, variation or order; 0 if it names none
  received    INTEGER NOT NULL,
  outcome     TEXT NOT NULL,
  PRIMARY KEY (delivery_id, body_digest)
) WITHOUT ROWID;
CREATE INDEX deliveries_by_received ON deliveries (received);

-- How each product's stock came to be what it is. The newest lines of each product are kept.
CREATE TABLE history (
  id                  INTEGER NOT NULL PRIMARY KEY,
  product             INTEGER NOT NULL,
  item                INTEGER NOT NULL, -- the product or the variation that changed
  at                  INTEGER NOT NULL,
  cause               TEXT NOT NULL,
  reference           TEXT NOT NULL,
  managed_before      TEXT NOT NULL,
  quantity_before     INTEGER,
  stock_status_before TEXT NOT NULL,
  backorders_before   TEXT NOT NULL,
  managed_after       TEXT NOT NULL,
  quantity_after      INTEGER,
  stock_status_after  TEXT NOT NULL,
  backorders_after    TEXT NOT NULL,
  status_before       TEXT NOT NULL,
  status_after        TEXT NOT NULL,
  modified            INTEGER NOT NULL,
  version             INTEGER NOT NULL
);
CREATE INDEX history_by_product ON history (product, id);

-- What the storefronts and CDNs have yet to be told.
CREATE TABLE outbox (
  target   TEXT NOT NULL,
  product  INTEGER NOT NULL,
  tags     TEXT NOT NULL, -- JSON
  paths    TEXT NOT NULL, -- JSON
  received INTEGER NOT NULL,
  created  INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  PRIMARY KEY (target, product)
) WITHOUT ROWID;

-- Questions that only a fresh read at WooCommerce settles.
CREATE TABLE confirmations (
  item       INTEGER NOT NULL PRIMARY KEY, -- 0: everything that was modified lately
  reason     TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  wanted     INTEGER NOT NULL
);

-- What could not be used or delivered. AUTOINCREMENT: an ID never comes to mean another letter.
CREATE TABLE dead_letters (
  id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  kind      TEXT NOT NULL, -- delivery, revalidation
  subject   TEXT NOT NULL,
  reference TEXT NOT NULL,
  reason    TEXT NOT NULL,
  body      TEXT NOT NULL
);

CREATE VIEW stock AS
  SELECT id, 0 AS parent, sku, name, status, managed, quantity, stock_status, backorders,
         datetime(modified / 1000000, 'unixepoch') AS modified
    FROM products WHERE type IS NOT NULL
  UNION ALL
  SELECT id, product, sku, name, status, managed, quantity, stock_status, backorders,
         datetime(modified / 1000000, 'unixepoch')
    FROM variations;

CREATE VIEW recent_deliveries AS
  SELECT datetime(received / 1000000, 'unixepoch') AS received, topic, resource, outcome, webhook_id,
         delivery_id
    FROM deliveries ORDER BY deliveries.received DESC;
)sql";

constexpr migration step_2 = R"sql(
-- Changes of stock in the order in which they were committed: what a live reader that was away for
-- a moment is told. The newest are kept.
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

-- How far something long has got, such as a reconciliation.
CREATE TABLE bookmarks (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
)sql";

constexpr migration step_3 = R"sql(
DROP VIEW recent_deliveries;
DROP INDEX deliveries_by_received;
ALTER TABLE deliveries RENAME TO deliveries_before;

-- Webhooks that were taken, in the order in which they were committed: what makes a second delivery
-- of the same a duplicate. ankkor holds an index by delivery_id and body_digest in memory.
CREATE TABLE deliveries (
  id          INTEGER NOT NULL PRIMARY KEY,
  delivery_id TEXT NOT NULL,    -- X-WC-Webhook-Delivery-ID; WooCommerce reuses it within a second
  body_digest BLOB NOT NULL,
  topic       TEXT NOT NULL,
  webhook_id  INTEGER NOT NULL, -- 0 if there was none
  resource    INTEGER NOT NULL, -- the product, variation or order; 0 if it names none
  received    INTEGER NOT NULL,
  outcome     TEXT NOT NULL
);
INSERT INTO deliveries (delivery_id, body_digest, topic, webhook_id, resource, received, outcome)
  SELECT delivery_id, body_digest, topic, webhook_id, resource, received, outcome
    FROM deliveries_before ORDER BY received;
DROP TABLE deliveries_before;

CREATE VIEW recent_deliveries AS
  SELECT datetime(received / 1000000, 'unixepoch') AS received, topic, resource, outcome, webhook_id,
         delivery_id
    FROM deliveries ORDER BY id DESC;
)sql";

constexpr migration step_4 = R"sql(
DROP VIEW stock;
DROP VIEW recent_deliveries;
ALTER TABLE products RENAME TO products_before;
ALTER TABLE deliveries RENAME TO deliveries_before;
ALTER TABLE history RENAME TO history_before;
ALTER TABLE events RENAME TO events_before;

-- What a delivery nearly always changes of a product. managed to read_end are NULL while only
-- variations of it have been heard of.
CREATE TABLE products (
  id           INTEGER NOT NULL PRIMARY KEY, -- the WordPress post ID
  version      INTEGER NOT NULL, -- grows with every change of any product
  changed      INTEGER NOT NULL, -- when the last change that a shopper can see was decided
  managed      TEXT,    -- who counts: none, own, parent
  quantity     INTEGER, -- NULL if not managed; negative on backorder
  stock_status TEXT,    -- instock, outofstock, onbackorder
  backorders   TEXT,    -- no, notify, yes
  modified     INTEGER, -- date_modified_gmt
  read_begin   INTEGER, -- when WooCommerce was read: not before this
  read_end     INTEGER, -- and not after this
  line         INTEGER, -- the newest line of its history, in journal; NULL if it has none
  lines        INTEGER NOT NULL DEFAULT 0 -- how many lines of history it ever had
);

-- What a delivery seldom changes of a product: one row for each whose columns above aren't NULL.
CREATE TABLE descriptions (
  id            INTEGER NOT NULL PRIMARY KEY,
  type          TEXT NOT NULL, -- simple, variable, grouped, external, other
  status        TEXT NOT NULL, -- publish, draft, pending, private, future, trash, other; gone: not there
  slug          TEXT NOT NULL,
  name          TEXT NOT NULL,
  sku           TEXT NOT NULL,
  price         TEXT NOT NULL, -- decimal; '' if none
  regular_price TEXT NOT NULL,
  sale_price    TEXT NOT NULL,
  categories    TEXT NOT NULL, -- JSON: [["slug","name"],...]
  variations    TEXT NOT NULL  -- JSON: the IDs that WooCommerce lists
);

-- What happened, in the order in which it was committed: the webhooks that were taken, the lines of
-- the products' histories, and what live readers were told. A row has what came of one cause. Look at
-- it through the views deliveries, history and events. Stock is five words: status, quantity (- if it
-- isn't managed), who counts, backorders, and the post status.
CREATE TABLE journal (
  id           INTEGER NOT NULL PRIMARY KEY,
  -- a webhook; all NULL if none was the cause
  delivery_id  TEXT,    -- X-WC-Webhook-Delivery-ID; WooCommerce reuses it within a second
  body_digest  BLOB,
  topic        TEXT,
  webhook_id   INTEGER, -- 0 if there was none
  resource     INTEGER, -- the product, variation or order; 0 if it names none
  received     INTEGER,
  outcome      TEXT,
  -- a change of stock
  product      INTEGER,
  item         INTEGER, -- the product or the variation
  at           INTEGER,
  stock_after  TEXT,
  -- as a line of history: version and nth are NULL if it is none
  cause        TEXT,    -- NULL: 'webhook ' and the topic
  reference    TEXT,    -- NULL: the delivery_id
  stock_before TEXT,
  modified     INTEGER,
  version      INTEGER,
  previous     INTEGER, -- the product's line before this one, which may be deleted
  nth          INTEGER, -- of the product's lines
  -- as an event of live readers
  sequence     INTEGER, -- the ID of the event stream; NULL if nobody was to be told
  available    INTEGER  -- 1: a shopper can buy it
);

INSERT INTO journal (id, product, item, at, stock_after, cause, reference, stock_before, modified,
                     version, previous, nth)
  SELECT id, product, item, at,
         stock_status_after || ' ' || coalesce(quantity_after, '-') || ' ' || managed_after || ' ' ||
           backorders_after || ' ' || status_after,
         cause, reference,
         stock_status_before || ' ' || coalesce(quantity_before, '-') || ' ' || managed_before || ' ' ||
           backorders_before || ' ' || status_before,
         modified, version,
         (SELECT max(id) FROM history_before AS earlier
           WHERE earlier.product = line.product AND earlier.id < line.id),
         (SELECT count(*) FROM history_before AS earlier
           WHERE earlier.product = line.product AND earlier.id <= line.id)
    FROM history_before AS line ORDER BY id;
-- Up to these rows there are no events, and no deliveries.
INSERT INTO meta SELECT 'events_before', coalesce(max(id), 0) FROM journal;
INSERT INTO journal (product, item, at, stock_after, sequence, available)
  SELECT product, item, at,
         stock_status || ' ' || coalesce(quantity, '-') || ' ' || managed || ' ' || backorders,
         sequence, available
    FROM events_before ORDER BY sequence;
INSERT INTO meta SELECT 'deliveries_before', coalesce(max(id), 0) FROM journal;
INSERT INTO journal (delivery_id, body_digest, topic, webhook_id, resource, received, outcome)
  SELECT delivery_id, body_digest, topic, webhook_id, resource, received, outcome
    FROM deliveries_before ORDER BY id;

INSERT INTO products
  SELECT id, version, changed, managed, quantity, stock_status, backorders, modified, read_begin,
         read_end, (SELECT max(id) FROM history_before WHERE product = products_before.id),
         (SELECT count(*) FROM history_before WHERE product = products_before.id)
    FROM products_before ORDER BY id;
INSERT INTO descriptions
  SELECT id, type, status, slug, name, sku, price, regular_price, sale_price, categories, variations
    FROM products_before WHERE type IS NOT NULL ORDER BY id;

DROP TABLE products_before;
DROP TABLE deliveries_before;
DROP TABLE history_before;
DROP TABLE events_before;

CREATE VIEW stock AS
  SELECT id, 0 AS parent, sku, name, status, managed, quantity, stock_status, backorders,
         datetime(modified / 1000000, 'unixepoch') AS modified
    FROM products JOIN descriptions USING (id)
  UNION ALL
  SELECT id, product, sku, name, status, managed, quantity, stock_status, backorders,
         datetime(modified / 1000000, 'unixepoch')
    FROM variations;

CREATE VIEW deliveries AS
  SELECT id, delivery_id, body_digest, topic, webhook_id, resource, received, outcome
    FROM journal
   WHERE id > (SELECT value FROM meta WHERE name = 'deliveries_before') AND delivery_id IS NOT NULL;

CREATE VIEW history AS
  SELECT id, product, item, at, coalesce(cause, 'webhook ' || topic) AS cause,
         coalesce(reference, delivery_id) AS reference, stock_before, stock_after, modified, version
    FROM journal WHERE nth IS NOT NULL;

CREATE VIEW events AS
  SELECT id, sequence, product, item, at, stock_after, available
    FROM journal
   WHERE id > (SELECT value FROM meta WHERE name = 'events_before') AND sequence IS NOT NULL;

CREATE VIEW recent_deliveries AS
  SELECT datetime(received / 1000000, 'unixepoch') AS received, topic, resource, outcome, webhook_id,
         delivery_id
    FROM deliveries ORDER BY id DESC;
)sql";

// A quantity may have a fraction from here on: then its column holds REAL in place of INTEGER.
constexpr migration step_5 = R"sql(
ALTER TABLE descriptions ADD COLUMN known INTEGER NOT NULL DEFAULT 0;
ALTER TABLE descriptions ADD COLUMN details TEXT NOT NULL DEFAULT '';
ALTER TABLE variations ADD COLUMN known INTEGER NOT NULL DEFAULT 0;
ALTER TABLE variations ADD COLUMN details TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::array<migration, 5> all_steps{step_1, step_2, step_3, step_4, step_5};

status take(connection& database, migration step, std::int64_t to) {
  int code = database.execute("BEGIN IMMEDIATE");
  if (code == SQLITE_OK)
    code = database.execute(step);
  if (code == SQLITE_OK)
    code = database.execute(fmt::format("PRAGMA user_version = {}", to).c_str());
  if (code == SQLITE_OK)
    code = database.execute("COMMIT");
  if (code == SQLITE_OK)
    return done{};
  if (database.in_transaction())
    database.execute("ROLLBACK");
  return explain(code, fmt::format("bringing ankkor.db to schema version {}", to));
}

} // namespace

std::span<const migration> migrations() noexcept {
  return all_steps;
}

std::int64_t schema_version() noexcept {
  return static_cast<std::int64_t>(all_steps.size());
}

status migrate(connection& database, std::span<const migration> steps) {
  const auto present = database.integer("PRAGMA user_version");
  if (!present)
    return explain(database.why_nothing(), "reading ankkor.db's schema version");
  if (*present > 0 && static_cast<std::size_t>(*present) < steps.size())
    log::info("ankkor brings its data to this version's layout before it starts: up to a minute "
              "where millions of deliveries are kept.",
              {{"from", *present}, {"to", steps.size()}});
  for (auto from = static_cast<std::size_t>(*present); from < steps.size(); ++from) {
    if (auto taken = take(database, steps[from], static_cast<std::int64_t>(from) + 1); !taken)
      return taken;
  }
  return done{};
}

} // namespace ankkor::store::sqlite
