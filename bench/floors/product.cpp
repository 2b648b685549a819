#include "bench/floors/product.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <simdjson.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace ankkor::floors {

namespace {

namespace json = simdjson::ondemand;

struct free_context {
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

// What ankkor keeps of a product.
struct product {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::string name;
  std::string slug;
  std::string sku;
  std::string type;
  std::string status;
  std::string modified;
  std::string price;
  std::string regular_price;
  std::string sale_price;
  std::string stock_status;
  std::string backorders;
  bool managed = false;
  std::int64_t quantity = 0;
  std::vector<std::pair<std::string, std::string>> categories;
  std::vector<std::uint64_t> variations;
};

void read_categories(product& into, json::array list) {
  for (json::object each : list) {
    auto& added = into.categories.emplace_back();
    for (auto field : each) {
      const std::string_view key = field.unescaped_key();
      if (key == "slug")
        added.first = std::string_view{field.value()};
      else if (key == "name")
        added.second = std::string_view{field.value()};
    }
  }
}

std::string* text_of(product& into, std::string_view key) {
  const std::array<std::pair<std::string_view, std::string*>, 11> texts{
    {{"name", &into.name},
     {"slug", &into.slug},
     {"sku", &into.sku},
     {"type", &into.type},
     {"status", &into.status},
     {"date_modified_gmt", &into.modified},
     {"price", &into.price},
     {"regular_price", &into.regular_price},
     {"sale_price", &into.sale_price},
     {"stock_status", &into.stock_status},
     {"backorders", &into.backorders}}};
  for (const auto& [name, text] : texts) {
    if (key == name)
      return text;
  }
  return nullptr;
}

void read_field(product& into, std::string_view key, json::value value) {
  if (auto* text = text_of(into, key))
    *text = std::string_view{value};
  else if (key == "id")
    into.id = value;
  else if (key == "parent_id")
    into.parent = value;
  else if (key == "manage_stock")
    into.managed = value;
  else if (key == "stock_quantity")
    into.quantity = value.is_null() ? 0 : std::int64_t{value};
  else if (key == "categories")
    read_categories(into, value);
  else if (key == "variations") {
    for (const std::uint64_t id : value.get_array())
      into.variations.push_back(id);
  }
}

} // namespace

struct product_reader::implementation {
  std::unique_ptr<EVP_MAC_CTX, free_context> keyed;
  json::parser parser;
};

product_reader::product_reader(std::string_view secret)
  : impl_(std::make_unique<implementation>()) {
  impl_->keyed.reset(EVP_MAC_CTX_new(EVP_MAC_fetch(nullptr, "HMAC", nullptr)));
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                   OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(impl_->keyed.get(), reinterpret_cast<const unsigned char*>(secret.data()),
                   secret.size(), parameters) != 1)
    throw std::runtime_error{"OpenSSL offers no HMAC-SHA256"};
}

product_reader::~product_reader() = default;

bool product_reader::read(std::string& body, std::string_view signature) {
  constexpr std::size_t mac_size = 32;
  constexpr std::size_t base64_size = 44;
  auto mac = std::array<unsigned char, mac_size>{};
  auto text = std::array<unsigned char, base64_size + 1>{};
  std::size_t size = 0;
  auto* context = impl_->keyed.get();
  // A null key keeps the one that is set.
  if (EVP_MAC_init(context, nullptr, 0, nullptr) != 1 ||
      EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(body.data()), body.size()) !=
        1 ||
      EVP_MAC_final(context, mac.data(), &size, mac.size()) != 1)
    return false;
  EVP_EncodeBlock(text.data(), mac.data(), mac_size);
  if (signature.size() != base64_size ||
      CRYPTO_memcmp(text.data(), signature.data(), base64_size) != 0)
    return false;
  try {
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    auto found = product{};
    auto document = json::document{impl_->parser.iterate(body)};
    for (auto field : document.get_object())
      read_field(found, field.unescaped_key(), field.value());
    return found.id != 0;
  } catch (const simdjson::simdjson_error&) {
    return false;
  }
}

} // namespace ankkor::floors
