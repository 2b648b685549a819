#include "store/redis/rows.hpp"

#include "store/item_details.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <type_traits>

namespace ankkor::store::on_redis {

namespace {

using stock::to_string;

class packer {
public:
  packer& add(std::string_view text) {
    out_ += std::to_string(text.size());
    out_ += ':';
    out_ += text;
    return *this;
  }

  template <class Number>

  requires std::is_integral_v<Number> packer& add(Number number) {
    return add(std::string_view{std::to_string(number)});
  }

  packer& add(moment time) { return add(time.time_since_epoch().count()); }

  packer& add(stock::store_time time) { return add(time.time_since_epoch().count()); }

  packer& add(const std::optional<stock::quantity>& number) {
    return number ? add(stock::to_string(*number)) : add(std::string_view{});
  }

  packer& add(const stock::stock_level& level) {
    return add(to_string(level.managed))
      .add(level.quantity)
      .add(stock::status_word(level))
      .add(to_string(level.backorder));
  }

  packer& add(const std::vector<std::string>& list) {
    add(list.size());
    for (const auto& text : list)
      add(std::string_view{text});
    return *this;
  }

  std::string take() { return std::move(out_); }

private:
  std::string out_;
};

// Reads in the order of writing. After something that can't be read all is empty, and complete()
// says so.
class unpacker {
public:
  explicit unpacker(std::string_view row) : left_(row) {}

  std::string_view text() {
    std::size_t size = 0;
    const auto colon = left_.find(':');
    const auto* const begin = left_.data();
    if (colon == std::string_view::npos || !parse(left_.substr(0, colon), size) ||
        size > left_.size() - colon - 1)
      return fail();
    left_.remove_prefix(colon + 1 + size);
    return {begin + colon + 1, size};
  }

  template <class Number>
  Number number() {
    Number value{};
    if (!parse(text(), value))
      fail();
    return value;
  }

  std::uint64_t natural() { return number<std::uint64_t>(); }

  moment time() { return moment{moment::duration{number<std::int64_t>()}}; }

  stock::store_time seconds() {
    return stock::store_time{std::chrono::seconds{number<std::int64_t>()}};
  }

  template <class Value>
  Value known(const std::optional<Value>& value) {
    if (!value)
      fail();
    return value.value_or(Value{});
  }

  stock::stock_level level() {
    stock::stock_level read;
    read.managed = known(stock::parse_stock_management(text()));
    if (const auto quantity = text(); !quantity.empty())
      read.quantity = known(stock::parse_quantity(quantity));
    const auto status = text();
    if (status.empty())
      fail();
    stock::set_status(read, status);
    read.backorder = known(stock::parse_backorders(text()));
    return read;
  }

  std::vector<std::string> list() {
    std::vector<std::string> read;
    for (auto count = natural(); count > 0 && !failed_; --count)
      read.emplace_back(text());
    return read;
  }

  [[nodiscard]] bool failed() const { return failed_; }

  [[nodiscard]] bool complete() const { return !failed_ && left_.empty(); }

private:
  template <class Number>
  static bool parse(std::string_view text, Number& into) {
    const auto* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, into);
    return failure == std::errc{} && rest == end;
  }

  std::string_view fail() {
    failed_ = true;
    left_ = {};
    return {};
  }

  std::string_view left_;
  bool failed_ = false;
};

template <class Row>
std::optional<Row> whole(const unpacker& from, Row read) {
  return from.complete() ? std::optional{std::move(read)} : std::nullopt;
}

std::string_view bytes_of(const std::array<std::uint8_t, 16>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

} // namespace

// -- writing ------------------------------------------------------------------

std::string pack(const delivery& row) {
  return packer{}
    .add(row.delivery_id)
    .add(bytes_of(row.body_digest))
    .add(row.topic)
    .add(row.webhook_id)
    .add(row.resource)
    .add(row.received)
    .add(to_string(row.result))
    .take();
}

std::string pack(const history_entry& row) {
  return packer{}
    .add(row.product)
    .add(row.item)
    .add(row.at)
    .add(row.cause)
    .add(row.reference)
    .add(row.before)
    .add(row.after)
    .add(to_string(row.status_before))
    .add(to_string(row.status_after))
    .add(row.modified)
    .add(row.version)
    .take();
}

std::string pack(const outbox_job& row) {
  return packer{}
    .add(row.target)
    .add(row.product)
    .add(row.tags)
    .add(row.paths)
    .add(row.received)
    .add(row.created)
    .add(row.version)
    .take();
}

std::string pack(const confirmation& row) {
  return packer{}.add(row.item).add(row.reason).add(row.not_before).add(row.wanted).take();
}

std::string pack(const dead_letter& row) {
  return packer{}
    .add(row.id)
    .add(row.at)
    .add(row.kind)
    .add(row.subject)
    .add(row.reference)
    .add(row.reason)
    .add(kept_body(row.body))
    .take();
}

std::string pack(const live_event& row) {
  return packer{}
    .add(row.sequence)
    .add(row.product)
    .add(row.item)
    .add(row.at)
    .add(row.stock)
    .add(std::uint64_t{row.available})
    .take();
}

std::string pack(const stock::record& row) {
  const auto& item = row.value;
  packer out;
  out.add(to_string(item.type)).add(to_string(item.status)).add(item.slug).add(item.name);
  out.add(item.sku).add(item.price.current).add(item.price.regular).add(item.price.sale);
  out.add(item.categories.size());
  for (const auto& category : item.categories)
    out.add(category.slug).add(category.name);
  out.add(item.variations.size());
  for (const auto id : item.variations)
    out.add(id);
  out.add(item.stock).add(item.modified).add(row.read.begin).add(row.read.end);
  return out.add(std::uint64_t{item.details.known}).add(details_to_json(item.details)).take();
}

std::string pack_head(const stock::product& row) {
  return packer{}.add(row.version).add(row.changed).take();
}

// -- reading ------------------------------------------------------------------

std::optional<delivery> unpack_delivery(std::string_view row) {
  unpacker from{row};
  delivery read;
  read.delivery_id = from.text();
  const auto digest = from.text();
  read.topic = from.text();
  read.webhook_id = from.natural();
  read.resource = from.natural();
  read.received = from.time();
  read.result = from.known(parse_outcome(from.text()));
  if (digest.size() != read.body_digest.size())
    return std::nullopt;
  std::memcpy(read.body_digest.data(), digest.data(), digest.size());
  return whole(from, std::move(read));
}

std::optional<history_entry> unpack_history(std::string_view row) {
  unpacker from{row};
  history_entry read;
  read.product = from.natural();
  read.item = from.natural();
  read.at = from.time();
  read.cause = from.text();
  read.reference = from.text();
  read.before = from.level();
  read.after = from.level();
  read.status_before = stock::parse_publication(from.text());
  read.status_after = stock::parse_publication(from.text());
  read.modified = from.seconds();
  read.version = from.natural();
  return whole(from, std::move(read));
}

std::optional<outbox_job> unpack_job(std::string_view row) {
  unpacker from{row};
  outbox_job read;
  read.target = from.text();
  read.product = from.natural();
  read.tags = from.list();
  read.paths = from.list();
  read.received = from.time();
  read.created = from.time();
  read.version = from.natural();
  return whole(from, std::move(read));
}

std::optional<confirmation> unpack_confirmation(std::string_view row) {
  unpacker from{row};
  confirmation read;
  read.item = from.natural();
  read.reason = from.text();
  read.not_before = from.time();
  read.wanted = from.time();
  return whole(from, std::move(read));
}

std::optional<dead_letter> unpack_dead_letter(std::string_view row) {
  unpacker from{row};
  dead_letter read;
  read.id = from.number<std::int64_t>();
  read.at = from.time();
  read.kind = from.text();
  read.subject = from.text();
  read.reference = from.text();
  read.reason = from.text();
  read.body = from.text();
  return whole(from, std::move(read));
}

std::optional<live_event> unpack_event(std::string_view row) {
  unpacker from{row};
  live_event read;
  read.sequence = from.natural();
  read.product = from.natural();
  read.item = from.natural();
  read.at = from.time();
  read.stock = from.level();
  read.available = from.natural() != 0;
  return whole(from, read);
}

std::optional<stock::record> unpack_record(std::string_view row, product_id id, product_id parent) {
  unpacker from{row};
  stock::record read;
  auto& item = read.value;
  item.id = id;
  item.parent = parent;
  item.type = stock::parse_product_type(from.text());
  item.status = stock::parse_publication(from.text());
  item.slug = from.text();
  item.name = from.text();
  item.sku = from.text();
  item.price.current = from.text();
  item.price.regular = from.text();
  item.price.sale = from.text();
  for (auto count = from.natural(); count > 0 && !from.failed(); --count) {
    stock::category category;
    category.slug = from.text();
    category.name = from.text();
    item.categories.push_back(std::move(category));
  }
  for (auto count = from.natural(); count > 0 && !from.failed(); --count)
    item.variations.push_back(from.natural());
  item.stock = from.level();
  item.modified = from.seconds();
  read.read.begin = from.time();
  read.read.end = from.time();
  // Rows of layout 1 end here.
  if (!from.complete()) {
    const auto known = from.number<std::uint8_t>();
    item.details = from.known(details_from_json(from.text()));
    item.details.known = known;
  }
  return whole(from, std::move(read));
}

bool unpack_head(std::string_view row, stock::product& into) {
  unpacker from{row};
  into.version = from.natural();
  into.changed = from.time();
  return from.complete();
}

std::string identity(const delivery& row) {
  std::string name;
  for (const auto byte : row.body_digest)
    name += fmt::format("{:02x}", byte);
  return name + " " + row.delivery_id;
}

} // namespace ankkor::store::on_redis
