// The public API on a real listener, over a view that the test fills and a WooCommerce that answers
// when the test says so.
#pragma once

#include "api/public_api.hpp"
#include "raw_http.hpp"

#include <condition_variable>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <variant>

namespace ankkor::api::testing {

using namespace ankkor::testing;

// "tea-{id}", published, in the category "drinks", with its stock managed.
[[nodiscard]] stock::item some_item(stock::product_id id, std::int64_t quantity);

// The product whose only item that is.
[[nodiscard]] stock::product product_of(stock::item item);

// Puts a variation to it that inherits the product's stock.
void add_variation(stock::product& to, stock::product_id id);

class fake_engine final : public actors::engine {
public:
  void accept(actors::incoming_batch) override {}

  void record(store::entry, std::shared_ptr<actors::reply>) override {}

  actors::pass_ticket reconcile(actors::reconcile_type, stock::product_id) override { return {}; }

  [[nodiscard]] const actors::reconcile_board& reconciliation() const override { return board; }

  // The public API has no business with them.
  [[nodiscard]] caf::actor_system& actors() override { std::abort(); }

  void read(stock::product_id item, actors::read_handler done) override;
  void read(std::string slug, actors::read_handler done) override;

  [[nodiscard]] const actors::view& products() const override { return held; }

  [[nodiscard]] actors::broadcaster& updates() override { return live; }

  [[nodiscard]] actors::engine_status status() const override { return {}; }

  void stop(std::chrono::milliseconds) override {}

  // Commits the product with a new version, and tells live readers what changed of it.
  void publish(stock::product next);

  // Waits until so many reads wait, and takes them.
  struct waiting_read {
    actors::read_key wanted;
    actors::read_handler done;
  };

  std::vector<waiting_read> take_reads(std::size_t count);

  // Without waiting: how many reads wait now.
  [[nodiscard]] std::size_t reads() const;

  // From now on, every read is answered so at once.
  void answer_reads_with(actors::read_answer answer);

  actors::view held;
  actors::broadcaster live{1000};
  actors::reconcile_board board;

private:
  void take(actors::read_key wanted, actors::read_handler done);

  std::uint64_t version_ = 0;
  mutable std::mutex guard_;
  std::condition_variable change_;
  std::vector<waiting_read> reads_;
  std::optional<actors::read_answer> always_;
};

class served_api {
public:
  explicit served_api(const public_options& options = {}, net::server_limits limits = {});
  ~served_api();
  served_api(const served_api&) = delete;
  served_api& operator=(const served_api&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server->port(); }

  [[nodiscard]] raw_answer read(std::string_view target, const header_fields& fields = {}) const {
    return get(port(), target, fields);
  }

  [[nodiscard]] raw_answer send(std::string_view method, std::string_view target,
                                const header_fields& fields = {},
                                std::string_view body = {}) const {
    return answer_to(port(), request_text(method, target, fields, body));
  }

  net::io_pool pool{2};
  fake_engine engine;
  std::unique_ptr<public_api> api;
  std::unique_ptr<net::http_server> server;
};

} // namespace ankkor::api::testing
