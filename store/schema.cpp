#include "store/schema.hpp"

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

constexpr std::array<migration, 3> all_steps{step_1, step_2, step_3};

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
    return explain(database.last_code(), "reading ankkor.db's schema version");
  for (auto from = static_cast<std::size_t>(*present); from < steps.size(); ++from) {
    if (auto taken = take(database, steps[from], static_cast<std::int64_t>(from) + 1); !taken)
      return taken;
  }
  return done{};
}

} // namespace ankkor::store::sqlite
