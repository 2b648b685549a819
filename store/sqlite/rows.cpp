#include "store/sqlite/rows.hpp"

#include "store/item_details.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
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

// A fraction is REAL to SQLite. It writes one out as text with 15 digits: all that a quantity with
// a fraction has.
std::optional<stock::quantity> read_quantity(const statement& row, int column) {
  if (row.is_null(column))
    return std::nullopt;
  return row.is_integer(column) ? std::optional<stock::quantity>{row.integer(column)}
                                : stock::parse_quantity(row.written(column));
}

// The first four of stock_columns.
std::optional<stock::stock_level> read_level(const statement& row, int first) {
  const auto managed = stock::parse_stock_management(row.text(first));
  const auto status = row.text(first + 2);
  const auto backorder = stock::parse_backorders(row.text(first + 3));
  if (!managed || status.empty() || !backorder)
    return std::nullopt;
  auto level = stock::stock_level{};
  level.managed = *managed;
  level.quantity = read_quantity(row, first + 1);
  level.backorder = *backorder;
  stock::set_status(level, status);
  return level;
}

std::optional<std::int64_t> line_of(const history_head& head) {
  return head.line == 0 ? std::nullopt : std::optional{head.line};
}

// The words of a text that blanks part.
class words {
public:
  explicit words(std::string_view text) noexcept : rest_(text) {}

  // Empty at the end.
  std::string_view next() noexcept {
    const auto end = std::min(rest_.find(' '), rest_.size());
    const auto word = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return word;
  }

private:
  std::string_view rest_;
};

// What write_stock() wrote. Nothing if it can't have been written by it.
struct written_stock {
  stock::stock_level level;
  stock::publication status = stock::publication::published;
};

std::optional<written_stock> parse_stock(std::string_view text) {
  words parts{text};
  const auto status = parts.next();
  const auto count = parts.next();
  const auto managed = stock::parse_stock_management(parts.next());
  const auto backorder = stock::parse_backorders(parts.next());
  if (!managed || status.empty() || !backorder)
    return std::nullopt;
  auto read = written_stock{};
  read.level.managed = *managed;
  read.level.backorder = *backorder;
  stock::set_status(read.level, status);
  read.status = stock::parse_publication(parts.next());
  if (count == "-")
    return read;
  read.level.quantity = stock::parse_quantity(count);
  return read.level.quantity ? std::optional{std::move(read)} : std::nullopt;
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

int run(statement& put, const bookmark& row) {
  return put.run(row.name, row.value);
}

int run_header(statement& put, const stock::product& row, const history_head* head) {
  int code = put.bind(row.id, row.version, row.changed);
  if (code == SQLITE_OK && head != nullptr)
    code = put.bind_from(3, line_of(*head), head->lines);
  return code == SQLITE_OK ? put.run_bound() : code;
}

int run_product(statement& put, const stock::product& row, const stock::record& self,
                const history_head* head) {
  const auto& level = self.value.stock;
  int code = put.bind(row.id, row.version, row.changed, to_string(level.managed), level.quantity,
                      stock::status_word(level), to_string(level.backorder),
                      in_microseconds(self.value.modified), self.read.begin, self.read.end);
  if (code == SQLITE_OK && head != nullptr)
    code = put.bind_from(10, line_of(*head), head->lines);
  return code == SQLITE_OK ? put.run_bound() : code;
}

int run_description(statement& put, const stock::item& row) {
  return put.run(row.id, to_string(row.type), to_string(row.status), row.slug, row.name, row.sku,
                 row.price.current, row.price.regular, row.price.sale, to_json(row.categories),
                 to_json(row.variations), row.details.known, details_to_json(row.details));
}

int run_variation(statement& put, product_id product, const stock::record& row) {
  const auto& item = row.value;
  return put.run(product, item.id, to_string(item.type), to_string(item.status), item.slug,
                 item.name, item.sku, item.price.current, item.price.regular, item.price.sale,
                 to_json(item.categories), to_json(item.variations), item.details.known,
                 details_to_json(item.details), to_string(item.stock.managed), item.stock.quantity,
                 stock::status_word(item.stock), to_string(item.stock.backorder),
                 in_microseconds(item.modified), row.read.begin, row.read.end);
}

void write_stock(std::string& text, const stock::stock_level& level) {
  text = stock::status_word(level);
  text += ' ';
  if (level.quantity)
    append_json(text, *level.quantity);
  else
    text += '-';
  text += ' ';
  text += to_string(level.managed);
  text += ' ';
  text += to_string(level.backorder);
}

void write_stock(std::string& text, const stock::stock_level& level, stock::publication status) {
  write_stock(text, level);
  text += ' ';
  text += to_string(status);
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
  const auto before = parse_stock(row.text(5));
  const auto after = parse_stock(row.text(6));
  if (!before || !after)
    return std::nullopt;
  history_entry read;
  read.product = row.natural(0);
  read.item = row.natural(1);
  read.at = row.time(2);
  read.cause = row.text(3);
  read.reference = row.text(4);
  read.before = before->level;
  read.after = after->level;
  read.status_before = before->status;
  read.status_after = after->status;
  read.modified = in_seconds(row.time(7));
  read.version = row.natural(8);
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
  const auto after = parse_stock(row.text(4));
  if (!after)
    return std::nullopt;
  return live_event{row.natural(0), row.natural(1), row.natural(2),
                    row.time(3),    after->level,   row.integer(5) != 0};
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

bool read_stock(const statement& row, int first, stock::record& into) {
  const auto level = read_level(row, first);
  if (!level)
    return false;
  into.value.stock = *level;
  into.value.modified = in_seconds(row.time(first + 4));
  into.read = {row.time(first + 5), row.time(first + 6)};
  return true;
}

bool read_description(const statement& row, int first, stock::item& into) {
  into.type = stock::parse_product_type(row.text(first));
  into.status = stock::parse_publication(row.text(first + 1));
  into.slug = row.text(first + 2);
  into.name = row.text(first + 3);
  into.sku = row.text(first + 4);
  into.price.current = row.text(first + 5);
  into.price.regular = row.text(first + 6);
  into.price.sale = row.text(first + 7);
  auto details = details_from_json(row.text(first + 11));
  if (!details)
    return false;
  into.details = *std::move(details);
  into.details.known = static_cast<std::uint8_t>(row.integer(first + 10));
  return read_categories(row.text(first + 8), into.categories) &&
         read_ids(row.text(first + 9), into.variations);
}

} // namespace ankkor::store::sqlite
