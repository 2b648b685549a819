#include "stage.hpp"

#include <regex>

namespace ankkor::actors::testing {

namespace {

caf::actor_clock* clock_of_the_stage = nullptr;
stock::moment begin_of_the_stage{};

} // namespace

deterministic::deterministic() {
  set("scheduler.policy", caf::atom("testing"));
}

stage::stage(stock::moment begins) : system_(config_) {
  begin_of_the_stage = begins;
  clock_of_the_stage = &scheduler().clock();
}

stage::~stage() {
  run();
  clock_of_the_stage = nullptr;
}

caf::scheduler::test_coordinator& stage::scheduler() {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
}

stock::moment stage::now() {
  return begin_of_the_stage + std::chrono::floor<std::chrono::microseconds>(
                                clock_of_the_stage->now().time_since_epoch());
}

void stage::pass(std::chrono::nanoseconds time) {
  auto& clock = scheduler().clock();
  const auto end = clock.now() + time;
  run();
  while (!clock.schedule().empty() && clock.schedule().begin()->first <= end) {
    const auto next = std::max(clock.schedule().begin()->first, clock.now());
    scheduler().advance_time(next - clock.now());
    run();
  }
  scheduler().advance_time(end - clock.now());
  run();
}

std::size_t stage::timers() {
  return scheduler().clock().schedule().size();
}

transport scripted_shop::way_in() {
  return [this](net::client_request what, std::function<void(result<net::client_response>)> done) {
    arrivals.push_back(stage::now());
    bodies.push_back(what.method == "GET" ? what.where.target : what.body);
    waiting.push_back({std::move(what), stage::now(), std::move(done)});
  };
}

void scripted_shop::answer(result<net::client_response> with) {
  auto first = std::move(waiting.front());
  waiting.pop_front();
  first.answer(std::move(with));
}

void scripted_shop::answer(unsigned status, std::string body,
                           std::vector<std::pair<std::string, std::string>> fields) {
  auto response = net::client_response{};
  response.status = status;
  response.fields = std::move(fields);
  response.body = std::move(body);
  constexpr std::size_t padding = 64; // simdjson's
  response.body.reserve(response.body.size() + padding);
  answer(result<net::client_response>{std::move(response)});
}

void scripted_shop::answer_data(const std::string& members) {
  answer(200, R"({"data":{)" + members + "}}");
}

std::set<stock::product_id> items_of(const std::string& body) {
  auto items = std::set<stock::product_id>{};
  static const std::regex alias{R"([pv](\d+):product)"};
  for (auto at = std::sregex_iterator{body.begin(), body.end(), alias};
       at != std::sregex_iterator{}; ++at)
    items.insert(std::stoull((*at)[1]));
  return items;
}

namespace {

std::string common_json(stock::product_id id, std::int64_t quantity) {
  const auto number = std::to_string(id);
  return R"({"databaseId":)" + number + R"(,"slug":"tea-)" + number +
         R"(","sku":null,"name":"Tea","status":"publish","modified":"2024-10-04T00:00:00+00:00",)"
         R"("modifiedGmt":"2024-10-04T00:00:00","purchasable":true,"manageStock":"TRUE",)"
         R"("stockQuantity":)" +
         std::to_string(quantity) + R"(,"stockStatus":")" +
         (quantity > 0 ? "IN_STOCK" : "OUT_OF_STOCK") +
         R"(","backorders":"NO","price":"5","regularPrice":"5","salePrice":null)";
}

} // namespace

std::string product_json(stock::product_id id, std::int64_t quantity, const std::string& more) {
  return R"("p)" + std::to_string(id) + R"(":)" + common_json(id, quantity) +
         R"(,"type":"SIMPLE","productCategories":{"nodes":[]})" + more + "}";
}

std::string variation_json(stock::product_id id, std::int64_t quantity) {
  return common_json(id, quantity) + "}";
}

std::string variable_json(stock::product_id id, const std::string& page) {
  return R"("p)" + std::to_string(id) + R"(":)" + common_json(id, 1) +
         R"(,"type":"VARIABLE","productCategories":{"nodes":[]},"variations":)" + page + "}";
}

std::string page_json(stock::product_id first, stock::product_id last, const std::string& cursor) {
  auto nodes = std::string{};
  for (auto id = first; id <= last; ++id)
    nodes += (id == first ? "" : ",") + variation_json(id, 2);
  return R"({"pageInfo":{"hasNextPage":)" + std::string{cursor.empty() ? "false" : "true"} +
         R"(,"endCursor":")" + cursor + R"("},"nodes":[)" + nodes + "]}";
}

store::confirmation question(stock::product_id item, stock::moment since) {
  return {item, "deletion", since, since};
}

} // namespace ankkor::actors::testing
