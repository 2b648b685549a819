#include "store/rows.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace ankkor::store::sqlite {

namespace {

using stock::moment;
using stock::to_string;

// WooCommerce's clock has whole seconds; in the tables all times have one unit.
moment in_microseconds(stock::store_time value) {
  return value;
}

stock::store_time in_seconds(moment value) {
  return std::chrono::floor<std::chrono::seconds>(value);
}

// -- JSON ---------------------------------------------------------------------

// All text comes from JSON that was validated, so it is UTF-8. Should it not be, the bytes beyond
// ASCII are kept as code points, so that what is stored can always be read again.
void append_quoted(std::string& out, std::string_view text) {
  const bool valid = simdjson::validate_utf8(text.data(), text.size());
  out += '"';
  const bool is_plain =
    valid && std::none_of(text.begin(), text.end(), [](char byte) {
      return byte == '"' || byte == '\\' || static_cast<unsigned char>(byte) < 0x20;
    });
  if (is_plain) {
    (out += text) += '"';
    return;
  }
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\')
      (out += '\\') += byte;
    else if (code < 0x20 || (code >= 0x80 && !valid))
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    else
      out += byte;
  }
  out += '"';
}

std::string to_json(const std::vector<stock::category>& list) {
  std::string out{"["};
  for (const auto& category : list) {
    out += out.size() == 1 ? "[" : ",[";
    append_quoted(out, category.slug);
    out += ',';
    append_quoted(out, category.name);
    out += ']';
  }
  return out += ']';
}

std::string to_json(const std::vector<product_id>& list) {
  return fmt::format("[{}]", fmt::join(list, ","));
}

// Calls take(element) for each element of an array; false if the text isn't one or `take` says so.
template <class Take>
bool for_each_element(std::string_view text, Take take) {
  if (text == "[]")
    return true;
  // One a thread: it keeps its buffers from row to row.
  thread_local simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(text.data(), text.size()).get(list) != simdjson::SUCCESS)
    return false;
  return std::all_of(list.begin(), list.end(), take);
}

bool append_string(simdjson::dom::element element, std::vector<std::string>& to) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS)
    return false;
  to.emplace_back(text);
  return true;
}

// Over what `to` held, whose texts' memory is used again.
bool read_categories(std::string_view text, std::vector<stock::category>& to) {
  std::size_t count = 0;
  const bool whole = for_each_element(text, [&](simdjson::dom::element element) {
    simdjson::dom::array pair;
    std::string_view slug;
    std::string_view name;
    if (element.get(pair) != simdjson::SUCCESS || pair.at(0).get(slug) != simdjson::SUCCESS ||
        pair.at(1).get(name) != simdjson::SUCCESS)
      return false;
    if (count == to.size())
      to.emplace_back();
    to[count].slug = slug;
    to[count].name = name;
    ++count;
    return true;
  });
  to.resize(count);
  return whole;
}

bool read_ids(std::string_view text, std::vector<product_id>& to) {
  to.clear();
  return for_each_element(text, [&](simdjson::dom::element element) {
    return element.get(to.emplace_back()) == simdjson::SUCCESS;
  });
}

// -- stock --------------------------------------------------------------------

std::optional<std::int64_t> optional_integer(const statement& row, int column) {
  if (row.is_null(column))
    return std::nullopt;
  return row.integer(column);
}

// Four columns: managed, quantity, stock_status, backorders.
std::optional<stock::stock_level> read_level(const statement& row, int first) {
  const auto managed = stock::parse_stock_management(row.text(first));
  const auto status = stock::parse_stock_status(row.text(first + 2));
  const auto backorder = stock::parse_backorders(row.text(first + 3));
  if (!managed || !status || !backorder)
    return std::nullopt;
  return stock::stock_level{*managed, optional_integer(row, first + 1), *status, *backorder};
}

template <class... Keys>
int run_item(statement& put, const stock::record& row, const Keys&... keys) {
  const auto& item = row.value;
  return put.run(keys..., to_string(item.type), to_string(item.status), item.slug, item.name,
                 item.sku, item.price.current, item.price.regular, item.price.sale,
                 to_json(item.categories), to_json(item.variations), to_string(item.stock.managed),
                 item.stock.quantity, to_string(item.stock.status), to_string(item.stock.backorder),
                 in_microseconds(item.modified), row.read.begin, row.read.end);
}

} // namespace

std::string to_json(const std::vector<std::string>& list) {
  std::string out{"["};
  for (const auto& text : list) {
    if (out.size() > 1)
      out += ',';
    append_quoted(out, text);
  }
  return out += ']';
}

std::optional<std::vector<std::string>> strings_from_json(std::string_view text) {
  std::vector<std::string> list;
  if (!for_each_element(text, [&](auto element) { return append_string(element, list); }))
    return std::nullopt;
  return list;
}

// -- writing ------------------------------------------------------------------

int run(statement& put, std::int64_t id, const delivery& row) {
  return put.run(id, row.delivery_id, row.body_digest, row.topic, row.webhook_id, row.resource,
                 row.received, to_string(row.result));
}

int run(statement& put, const history_entry& row) {
  return put.run(row.product, row.item, row.at, row.cause, row.reference,
                 to_string(row.before.managed), row.before.quantity, to_string(row.before.status),
                 to_string(row.before.backorder), to_string(row.after.managed), row.after.quantity,
                 to_string(row.after.status), to_string(row.after.backorder),
                 to_string(row.status_before), to_string(row.status_after),
                 in_microseconds(row.modified), row.version);
}

int run(statement& put, const outbox_job& row) {
  return put.run(row.target, row.product, to_json(row.tags), to_json(row.paths), row.received,
                 row.created, row.version);
}

int run(statement& put, const confirmation& row) {
  return put.run(row.item, row.reason, row.not_before, row.wanted);
}

int run(statement& put, const dead_letter& row) {
  return put.run(row.at, row.kind, row.subject, row.reference, row.reason, kept_body(row.body));
}

int run(statement& put, const live_event& row) {
  return put.run(row.sequence, row.product, row.item, row.at, to_string(row.stock.managed),
                 row.stock.quantity, to_string(row.stock.status), to_string(row.stock.backorder),
                 std::uint64_t{row.available});
}

int run(statement& put, const bookmark& row) {
  return put.run(row.name, row.value);
}

int run_product(statement& put, const stock::product& row, const stock::record& self) {
  return run_item(put, self, row.id, row.version, row.changed);
}

int run_variation(statement& put, product_id product, const stock::record& row) {
  return run_item(put, row, product, row.value.id);
}

// -- reading ------------------------------------------------------------------

std::optional<delivery> read_delivery(const statement& row) {
  delivery read;
  const auto digest = row.text(1);
  const auto result = parse_outcome(row.text(6));
  if (digest.size() != read.body_digest.size() || !result)
    return std::nullopt;
  read.delivery_id = row.text(0);
  std::memcpy(read.body_digest.data(), digest.data(), digest.size());
  read.topic = row.text(2);
  read.webhook_id = row.natural(3);
  read.resource = row.natural(4);
  read.received = row.time(5);
  read.result = *result;
  return read;
}

std::optional<history_entry> read_history(const statement& row) {
  const auto before = read_level(row, 5);
  const auto after = read_level(row, 9);
  if (!before || !after)
    return std::nullopt;
  history_entry read;
  read.product = row.natural(0);
  read.item = row.natural(1);
  read.at = row.time(2);
  read.cause = row.text(3);
  read.reference = row.text(4);
  read.before = *before;
  read.after = *after;
  read.status_before = stock::parse_publication(row.text(13));
  read.status_after = stock::parse_publication(row.text(14));
  read.modified = in_seconds(row.time(15));
  read.version = row.natural(16);
  return read;
}

std::optional<outbox_job> read_job(const statement& row) {
  auto tags = strings_from_json(row.text(2));
  auto paths = strings_from_json(row.text(3));
  if (!tags || !paths)
    return std::nullopt;
  return outbox_job{std::string{row.text(0)},
                    row.natural(1),
                    *std::move(tags),
                    *std::move(paths),
                    row.time(4),
                    row.time(5),
                    row.natural(6)};
}

std::optional<confirmation> read_confirmation(const statement& row) {
  return confirmation{row.natural(0), std::string{row.text(1)}, row.time(2), row.time(3)};
}

std::optional<live_event> read_event(const statement& row) {
  const auto level = read_level(row, 4);
  if (!level)
    return std::nullopt;
  return live_event{row.natural(0), row.natural(1), row.natural(2),
                    row.time(3),    *level,         row.integer(8) != 0};
}

std::optional<bookmark> read_bookmark(const statement& row) {
  return bookmark{std::string{row.text(0)}, std::string{row.text(1)}};
}

std::optional<dead_letter> read_dead_letter(const statement& row) {
  return dead_letter{row.integer(0),           row.time(1),
                     std::string{row.text(2)}, std::string{row.text(3)},
                     std::string{row.text(4)}, std::string{row.text(5)},
                     std::string{row.text(6)}};
}

bool read_record(const statement& row, int first, product_id id, product_id parent,
                 stock::record& into) {
  const auto level = read_level(row, first + 10);
  if (!level)
    return false;
  auto& item = into.value;
  item.id = id;
  item.parent = parent;
  item.type = stock::parse_product_type(row.text(first));
  item.status = stock::parse_publication(row.text(first + 1));
  item.slug = row.text(first + 2);
  item.name = row.text(first + 3);
  item.sku = row.text(first + 4);
  item.price.current = row.text(first + 5);
  item.price.regular = row.text(first + 6);
  item.price.sale = row.text(first + 7);
  if (!read_categories(row.text(first + 8), item.categories) ||
      !read_ids(row.text(first + 9), item.variations))
    return false;
  item.stock = *level;
  item.modified = in_seconds(row.time(first + 14));
  into.read = {row.time(first + 15), row.time(first + 16)};
  return true;
}

} // namespace ankkor::store::sqlite
