#include "store/redis/store.hpp"

#include "base/log.hpp"
#include "store/preconditions.hpp"
#include "store/redis/keys.hpp"
#include "store/redis/reader.hpp"
#include "store/redis/rows.hpp"
#include "store/redis/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace ankkor::store {

namespace {

using on_redis::padded;
using on_redis::product_key;
using on_redis::session;
using redis::pipeline;
using redis::reply;

// Rows that one purge() deletes, and products whose history it looks at.
constexpr std::int64_t purge_rows_max = 500;
// Names and values of one command: Lua takes about 8,000 arguments at most.
constexpr std::size_t arguments_max = 1'000;
// What probe() writes: about what a large commit needs.
constexpr std::size_t probe_bytes = 131'072;

std::string job_name(std::string_view target, product_id product) {
  // A blank comes before all that a target's name may hold: the order is that of target and
  // product.
  return fmt::format("{} {}", target, padded(product));
}

std::string variation_name(product_id product, product_id id) {
  return fmt::format("{}:{}", product, id);
}

std::string score(moment time) {
  return std::to_string(time.time_since_epoch().count());
}

std::string text(std::int64_t number) {
  return std::to_string(number);
}

// -- one commit ---------------------------------------------------------------

// What of the store a batch has to know to be decided on, as it is and as the batch changes it.
class batch {
public:
  batch(std::span<const entry> entries, const session::figures& held, const limits& kept)
    : entries_(entries), version_(held.version), newest_letter_(held.dead_letter), kept_(kept) {}

  // What has to be read first; its replies go to take().
  [[nodiscard]] pipeline questions();
  status take(const std::vector<reply>& replies);

  // Decides on all entries, in their order.
  void decide();

  [[nodiscard]] const pipeline& commands() const { return commands_; }

  [[nodiscard]] const std::vector<commit_outcome>& outcomes() const { return outcomes_; }

  [[nodiscard]] std::uint64_t version() const { return version_; }

  [[nodiscard]] std::int64_t newest_letter() const { return newest_letter_; }

private:
  void put_entry(const entry& each);
  bool put_delivery(const delivery& row); // false: it is a duplicate
  void put_state(const stock::product& state, std::span<const product_id> changed);
  void put_history(std::span<const history_entry> lines);
  void drop_job(const acknowledgement& told);
  void put_job(const outbox_job& job);
  void drop_confirmation(product_id item, moment before);
  void put_confirmation(const confirmation& wanted);
  void put_dead_letter(dead_letter letter);
  void put_events(std::span<const live_event> events);
  void put_bookmark(const bookmark& mark);
  void put_row(const on_redis::table& into, const std::string& name, std::string order,
               std::string row);
  void drop_row(const on_redis::table& from, const std::string& name);

  std::span<const entry> entries_;
  std::uint64_t version_;
  std::int64_t newest_letter_;
  const limits& kept_;
  std::map<std::string, bool> deliveries_; // by identity: whether it is known
  std::map<std::string, std::optional<outbox_job>> jobs_;
  std::map<product_id, std::optional<confirmation>> confirmations_;
  pipeline commands_;
  std::vector<commit_outcome> outcomes_;
};

pipeline batch::questions() {
  for (const auto& each : entries_) {
    if (each.delivery)
      deliveries_.try_emplace(on_redis::identity(*each.delivery));
    for (const auto& told : each.told)
      jobs_.try_emplace(job_name(told.target, told.product));
    for (const auto& job : each.jobs)
      jobs_.try_emplace(job_name(job.target, job.product));
    for (const auto item : each.settled)
      confirmations_.try_emplace(item);
  }
  pipeline asked;
  for (const auto& [name, known] : deliveries_)
    asked.push_back({"HEXISTS", on_redis::deliveries.rows, name});
  for (const auto& [name, job] : jobs_)
    asked.push_back({"HGET", on_redis::outbox.rows, name});
  for (const auto& [item, wanted] : confirmations_)
    asked.push_back({"HGET", on_redis::confirmations.rows, padded(item)});
  return asked;
}

status batch::take(const std::vector<reply>& replies) {
  auto next = replies.begin();
  for (auto& [name, known] : deliveries_)
    known = (next++)->integer != 0;
  for (auto& [name, job] : jobs_) {
    const auto& said = *next++;
    job = said.is_nil() ? std::nullopt : on_redis::unpack_job(said.text);
    if (!said.is_nil() && !job)
      return on_redis::damaged("a job of the outbox is not as ankkor writes it");
  }
  for (auto& [item, wanted] : confirmations_) {
    const auto& said = *next++;
    wanted = said.is_nil() ? std::nullopt : on_redis::unpack_confirmation(said.text);
    if (!said.is_nil() && !wanted)
      return on_redis::damaged("a question is not as ankkor writes it");
  }
  return done{};
}

void batch::decide() {
  const auto version_before = version_;
  const auto letter_before = newest_letter_;
  for (const auto& each : entries_)
    put_entry(each);
  if (version_ != version_before)
    commands_.push_back({"HSET", on_redis::meta, "version", std::to_string(version_)});
  if (newest_letter_ != letter_before)
    commands_.push_back({"HSET", on_redis::meta, "dead_letter", text(newest_letter_)});
}

void batch::put_entry(const entry& each) {
  const bool is_new = !each.delivery || put_delivery(*each.delivery);
  outcomes_.push_back(is_new ? commit_outcome::committed : commit_outcome::duplicate);
  if (each.state) {
    put_state(*each.state, each.changed);
    version_ = std::max(version_, each.state->version);
  }
  put_history(each.history);
  for (const auto& told : each.told)
    drop_job(told);
  for (const auto& job : each.jobs)
    put_job(job);
  for (const auto item : each.settled)
    drop_confirmation(item, each.settled_before);
  if (is_new) {
    for (const auto& wanted : each.wanted)
      put_confirmation(wanted);
    if (each.dead)
      put_dead_letter(*each.dead);
  }
  for (const auto id : each.discarded)
    drop_row(on_redis::dead_letters, text(id));
  put_events(each.events);
  for (const auto& mark : each.bookmarks)
    put_bookmark(mark);
}

void batch::put_row(const on_redis::table& into, const std::string& name, std::string order,
                    std::string row) {
  commands_.push_back({"HSET", into.rows, name, std::move(row)});
  commands_.push_back({"ZADD", into.order, std::move(order), name});
}

void batch::drop_row(const on_redis::table& from, const std::string& name) {
  commands_.push_back({"HDEL", from.rows, name});
  commands_.push_back({"ZREM", from.order, name});
}

bool batch::put_delivery(const delivery& row) {
  const auto name = on_redis::identity(row);
  if (std::exchange(deliveries_[name], true))
    return false;
  put_row(on_redis::deliveries, name, score(row.received), on_redis::pack(row));
  return true;
}

void batch::put_state(const stock::product& state, std::span<const product_id> changed) {
  const auto key = product_key(state.id);
  commands_.push_back({"ZADD", on_redis::products, "0", padded(state.id)});
  redis::command put{"HSET", key, "head", on_redis::pack_head(state)};
  for (const auto id : changed) {
    const auto* row = state.find(id);
    if (row != nullptr) {
      put.push_back(std::to_string(id));
      put.push_back(on_redis::pack(*row));
    }
    if (put.size() >= arguments_max)
      commands_.push_back(std::exchange(put, {"HSET", key}));
    if (id == state.id)
      continue;
    if (row == nullptr)
      commands_.push_back({"HDEL", key, std::to_string(id)});
    commands_.push_back(
      {row != nullptr ? "SADD" : "SREM", on_redis::variations, variation_name(state.id, id)});
  }
  if (put.size() > 2)
    commands_.push_back(std::move(put));
}

void batch::put_history(std::span<const history_entry> lines) {
  std::set<product_id> touched;
  for (const auto& line : lines) {
    commands_.push_back({"LPUSH", on_redis::history_key(line.product), on_redis::pack(line)});
    touched.insert(line.product);
  }
  for (const auto product : touched) {
    commands_.push_back({"LTRIM", on_redis::history_key(product), "0",
                         text(std::int64_t{kept_.history_per_product} - 1)});
    commands_.push_back({"ZADD", on_redis::histories, "0", padded(product)});
  }
}

void batch::drop_job(const acknowledgement& told) {
  const auto name = job_name(told.target, told.product);
  auto& waiting = jobs_[name];
  if (!waiting || waiting->version > told.version)
    return;
  waiting.reset();
  drop_row(on_redis::outbox, name);
}

void batch::put_job(const outbox_job& job) {
  const auto name = job_name(job.target, job.product);
  auto& waiting = jobs_[name];
  waiting = waiting ? merged(*std::move(waiting), job) : job;
  put_row(on_redis::outbox, name, score(waiting->created), on_redis::pack(*waiting));
}

void batch::drop_confirmation(product_id item, moment before) {
  auto& wanted = confirmations_[item];
  if (!wanted || wanted->wanted >= before)
    return;
  wanted.reset();
  drop_row(on_redis::confirmations, padded(item));
}

void batch::put_confirmation(const confirmation& wanted) {
  confirmations_[wanted.item] = wanted;
  put_row(on_redis::confirmations, padded(wanted.item), score(wanted.wanted),
          on_redis::pack(wanted));
}

void batch::put_dead_letter(dead_letter letter) {
  letter.id = ++newest_letter_;
  put_row(on_redis::dead_letters, text(letter.id), text(letter.id), on_redis::pack(letter));
}

void batch::put_events(std::span<const live_event> events) {
  for (const auto& event : events)
    commands_.push_back(
      {"ZADD", on_redis::events, std::to_string(event.sequence), on_redis::pack(event)});
}

void batch::put_bookmark(const bookmark& mark) {
  if (mark.value.empty())
    commands_.push_back({"HDEL", on_redis::bookmarks, mark.name});
  else
    commands_.push_back({"HSET", on_redis::bookmarks, mark.name, mark.value});
}

// -- the store ----------------------------------------------------------------

class redis_store final : public store {
public:
  redis_store(std::shared_ptr<command_channel> channel, std::unique_ptr<session> held, limits kept)
    : channel_(std::move(channel)), session_(std::move(held)), kept_(kept),
      figures_(session_->held()) {}

  result<std::vector<commit_outcome>> commit(std::span<const entry> entries) override;
  result<std::optional<std::vector<commit_outcome>>> settle() override;
  status probe() override;
  status load_products(const std::function<void(const stock::product&)>& take) override;
  result<std::vector<outbox_job>> load_outbox() override;
  result<std::vector<confirmation>> load_confirmations() override;
  result<std::vector<live_event>> load_events(std::size_t max) override;
  result<std::vector<bookmark>> load_bookmarks() override;

  result<std::uint64_t> highest_version() override { return figures_.version; }

  result<bool> purge(moment now) override;

  result<std::unique_ptr<reader>> open_reader() override { return on_redis::make_reader(channel_); }

  // Uses each command that a commit may use, so that one that is forbidden is found at the start,
  // and not in the middle of a commit.
  status try_commands();

private:
  status apply(const pipeline& commands);
  status apply_surely(const pipeline& commands);
  status settle_own();
  result<std::vector<reply>> ask(const pipeline& commands, std::string_view doing);
  status load_page(const std::vector<reply>& ids,
                   const std::function<void(const stock::product&)>& take);
  result<std::int64_t> add_purges(moment now, pipeline& commands);
  result<bool> add_history_purges(pipeline& commands);

  std::shared_ptr<command_channel> channel_;
  std::unique_ptr<session> session_;
  limits kept_;
  session::figures figures_;
  bool failed_ = false;                                 // the last that was to be applied
  std::optional<std::vector<commit_outcome>> doubtful_; // outcomes of the commit that is in doubt
  std::optional<std::string> walk_ = "-"; // histories up to here were looked at; nothing: all
};

status redis_store::apply(const pipeline& commands) {
  auto applied = session_->apply(commands);
  failed_ = !applied;
  return applied;
}

// A connection that was cut while Redis is there is no reason to refuse anything: what became of
// the commit is asked at once, and if nothing did it is made again, once.
status redis_store::apply_surely(const pipeline& commands) {
  auto applied = apply(commands);
  if (applied || applied.failure().code != errc::in_doubt)
    return applied;
  const auto is_stored = session_->settle();
  if (!is_stored)
    return session_->is_in_doubt() ? applied : status{is_stored.failure()};
  if (!*is_stored)
    return apply(commands);
  failed_ = false;
  return done{};
}

// What was in doubt and no commit of the ledger's: it doesn't matter whether it was done.
status redis_store::settle_own() {
  if (!session_->is_in_doubt() || doubtful_)
    return done{};
  if (auto settled = session_->settle(); !settled)
    return on_redis::of_reading(settled.failure());
  figures_ = session_->held();
  return done{};
}

result<std::vector<reply>> redis_store::ask(const pipeline& commands, std::string_view doing) {
  auto said = session_->ask(commands, doing);
  if (!said)
    return on_redis::of_reading(said.failure());
  return said;
}

result<std::vector<commit_outcome>> redis_store::commit(std::span<const entry> entries) {
  if (auto checked = check_preconditions(entries); !checked)
    return checked.failure();
  if (auto settled = settle_own(); !settled) {
    failed_ = true;
    return settled.failure();
  }
  batch made{entries, figures_, kept_};
  if (const auto questions = made.questions(); !questions.empty()) {
    auto known = ask(questions, "committing");
    if (!known) // a connection that was cut is made anew
      known = ask(questions, "committing");
    if (!known) {
      failed_ = true;
      return known.failure();
    }
    if (auto taken = made.take(*known); !taken)
      return taken.failure();
  }
  made.decide();
  if (auto applied = apply_surely(made.commands()); !applied) {
    if (applied.failure().code == errc::in_doubt)
      doubtful_ = made.outcomes();
    return applied.failure();
  }
  figures_.version = made.version();
  figures_.dead_letter = made.newest_letter();
  return made.outcomes();
}

result<std::optional<std::vector<commit_outcome>>> redis_store::settle() {
  if (!doubtful_)
    return std::optional<std::vector<commit_outcome>>{};
  const auto is_stored = session_->settle();
  if (!is_stored)
    return on_redis::of_reading(is_stored.failure());
  figures_ = session_->held();
  auto outcomes = std::exchange(doubtful_, std::nullopt);
  return *is_stored ? outcomes : std::nullopt;
}

status redis_store::probe() {
  if (!failed_)
    return done{};
  if (auto settled = settle_own(); !settled)
    return settled;
  return apply(
    {{"SET", on_redis::probe, std::string(probe_bytes, '\0')}, {"DEL", on_redis::probe}});
}

status redis_store::try_commands() {
  const std::string key = on_redis::probe;
  auto tried = session_->ask({{"HSET", key, "a", "b"},
                              {"HDEL", key, "a"},
                              {"ZADD", key, "0", "a"},
                              {"ZREM", key, "a"},
                              {"ZADD", key, "0", "a"},
                              {"ZREMRANGEBYRANK", key, "0", "0"},
                              {"SADD", key, "a"},
                              {"SREM", key, "a"},
                              {"LPUSH", key, "a"},
                              {"LTRIM", key, "1", "0"},
                              {"SET", key, "a"},
                              {"DEL", key}},
                             "trying what a commit needs");
  if (!tried)
    return tried.failure();
  return apply({});
}

// -- loading ------------------------------------------------------------------

status redis_store::load_products(const std::function<void(const stock::product&)>& take) {
  constexpr auto doing = "loading the products";
  std::string after = "-";
  for (;;) {
    auto ids = ask(
      {{"ZRANGEBYLEX", on_redis::products, after, "+", "LIMIT", "0", text(on_redis::page_rows)}},
      doing);
    if (!ids)
      return ids.failure();
    const auto& page = ids->front().elements;
    if (page.empty())
      return done{};
    if (auto loaded = load_page(page, take); !loaded)
      return loaded;
    after = "(" + page.back().text;
  }
}

std::optional<stock::product> read_product(const reply& id, const reply& fields) {
  stock::product held;
  bool has_head = false;
  held.id = std::strtoull(id.text.c_str(), nullptr, 10);
  for (std::size_t at = 0; at + 1 < fields.elements.size(); at += 2) {
    const auto& name = fields.elements[at].text;
    const auto& value = fields.elements[at + 1].text;
    if (name == "head") {
      has_head = on_redis::unpack_head(value, held);
      continue;
    }
    const product_id item = std::strtoull(name.c_str(), nullptr, 10);
    auto row = on_redis::unpack_record(value, item, item == held.id ? 0 : held.id);
    if (!row || std::to_string(item) != name)
      return std::nullopt;
    if (item == held.id)
      held.self = std::move(row);
    else
      held.variations.push_back(*std::move(row));
  }
  std::sort(held.variations.begin(), held.variations.end(),
            [](const auto& a, const auto& b) { return a.value.id < b.value.id; });
  return has_head ? std::optional{std::move(held)} : std::nullopt;
}

status redis_store::load_page(const std::vector<reply>& ids,
                              const std::function<void(const stock::product&)>& take) {
  pipeline commands;
  for (const auto& id : ids)
    commands.push_back({"HGETALL", product_key(std::strtoull(id.text.c_str(), nullptr, 10))});
  auto rows = ask(commands, "loading the products");
  if (!rows)
    return rows.failure();
  for (std::size_t at = 0; at < ids.size(); ++at) {
    auto held = read_product(ids[at], (*rows)[at]);
    if (!held)
      return on_redis::damaged(
        fmt::format("product {} is missing or not as ankkor writes it", ids[at].text));
    take(*std::move(held));
  }
  return done{};
}

result<std::vector<outbox_job>> redis_store::load_outbox() {
  auto jobs = on_redis::read_all<outbox_job>(*channel_, on_redis::outbox, on_redis::unpack_job,
                                             "loading the outbox");
  if (jobs)
    std::sort(jobs->begin(), jobs->end(), [](const auto& a, const auto& b) {
      return std::tie(a.target, a.product) < std::tie(b.target, b.product);
    });
  return jobs;
}

result<std::vector<confirmation>> redis_store::load_confirmations() {
  auto all = on_redis::read_all<confirmation>(
    *channel_, on_redis::confirmations, on_redis::unpack_confirmation, "loading the confirmations");
  if (all)
    std::sort(all->begin(), all->end(),
              [](const auto& a, const auto& b) { return a.item < b.item; });
  return all;
}

result<std::vector<live_event>> redis_store::load_events(std::size_t max) {
  constexpr auto doing = "loading the live events";
  std::vector<live_event> events;
  while (events.size() < max) {
    const auto first = static_cast<std::int64_t>(events.size());
    const auto count =
      std::min(on_redis::page_rows, static_cast<std::int64_t>(max - events.size()));
    auto said = ask({{"ZREVRANGE", on_redis::events, text(first), text(first + count - 1)}}, doing);
    if (!said)
      return said.failure();
    for (const auto& each : said->front().elements) {
      const auto event = on_redis::unpack_event(each.text);
      if (!event)
        return on_redis::damaged("a live event is not as ankkor writes it");
      events.push_back(*event);
    }
    if (said->front().elements.size() < static_cast<std::size_t>(count))
      break;
  }
  std::reverse(events.begin(), events.end());
  return events;
}

result<std::vector<bookmark>> redis_store::load_bookmarks() {
  auto said = ask({{"HGETALL", on_redis::bookmarks}}, "loading the bookmarks");
  if (!said)
    return said.failure();
  std::vector<bookmark> marks;
  const auto& fields = said->front().elements;
  for (std::size_t at = 0; at + 1 < fields.size(); at += 2)
    marks.push_back({fields[at].text, fields[at + 1].text});
  std::sort(marks.begin(), marks.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return marks;
}

// -- purging ------------------------------------------------------------------

result<bool> redis_store::purge(moment now) {
  pipeline commands;
  auto rows = add_purges(now, commands);
  if (!rows)
    return rows.failure();
  const auto walk_before = walk_;
  auto walking = add_history_purges(commands);
  if (!walking)
    return walking.failure();
  if (!commands.empty()) {
    if (auto settled = settle_own(); !settled)
      return settled.failure();
    if (auto applied = apply(commands); !applied) {
      walk_ = walk_before;
      return on_redis::of_reading(applied.failure());
    }
  }
  return *rows >= purge_rows_max || *walking;
}

// A command for the rows with these IDs, in both of a table's keys.
void drop_rows(const on_redis::table& from, const reply& ids, pipeline& commands) {
  redis::command rows{"HDEL", from.rows};
  redis::command order{"ZREM", from.order};
  for (const auto& id : ids.elements) {
    rows.push_back(id.text);
    order.push_back(id.text);
  }
  if (ids.elements.empty())
    return;
  commands.push_back(std::move(rows));
  commands.push_back(std::move(order));
}

// Answers how many rows go.
result<std::int64_t> redis_store::add_purges(moment now, pipeline& commands) {
  constexpr auto doing = "looking for what is over the limits";
  auto sizes = ask({{"ZCARD", on_redis::deliveries.order},
                    {"ZCARD", on_redis::dead_letters.order},
                    {"ZCARD", on_redis::events}},
                   doing);
  if (!sizes)
    return sizes.failure();
  const auto over = [&](std::size_t place, std::uint64_t most) {
    const auto surplus = (*sizes)[place].integer - static_cast<std::int64_t>(most);
    return std::clamp<std::int64_t>(surplus, 0, purge_rows_max);
  };
  const auto too_many = over(0, kept_.deliveries_max);
  const auto letters = over(1, kept_.dead_letters_max);
  // The newest stays whatever the limit: the next sequence is above it.
  const auto events = over(2, std::max(kept_.events_max, std::uint64_t{1}));
  // Those over the number are the oldest: with an age beside it the larger of both goes.
  const auto first = [](const char* order, std::int64_t count) {
    // Up to place -1 would be all of them.
    return redis::command{"ZRANGE", order, count > 0 ? "0" : "1", text(std::max(count - 1, 0L))};
  };
  auto ids = ask({first(on_redis::deliveries.order, too_many),
                  {"ZRANGEBYSCORE", on_redis::deliveries.order, "-inf",
                   "(" + score(now - kept_.delivery_age), "LIMIT", "0", text(purge_rows_max)},
                  first(on_redis::dead_letters.order, letters)},
                 doing);
  if (!ids)
    return ids.failure();
  const auto& surplus = (*ids)[0];
  const auto& oldest = surplus.elements.size() > (*ids)[1].elements.size() ? surplus : (*ids)[1];
  drop_rows(on_redis::deliveries, oldest, commands);
  drop_rows(on_redis::dead_letters, (*ids)[2], commands);
  if (events > 0)
    commands.push_back({"ZREMRANGEBYRANK", on_redis::events, "0", text(events - 1)});
  return std::max({static_cast<std::int64_t>(oldest.elements.size()), letters, events});
}

// A commit keeps each history within the limit: only after a start with another limit there can be
// more. Answers whether there are histories that were not looked at.
result<bool> redis_store::add_history_purges(pipeline& commands) {
  if (!walk_)
    return false;
  auto said =
    ask({{"ZRANGEBYLEX", on_redis::histories, *walk_, "+", "LIMIT", "0", text(purge_rows_max)}},
        "looking through the histories");
  if (!said)
    return said.failure();
  const auto& ids = said->front().elements;
  for (const auto& id : ids)
    commands.push_back({"LTRIM", on_redis::history_key(std::strtoull(id.text.c_str(), nullptr, 10)),
                        "0", text(std::int64_t{kept_.history_per_product} - 1)});
  walk_ = ids.empty() ? std::nullopt : std::optional{"(" + ids.back().text};
  return walk_.has_value();
}

// -- what a commit is worth on that server --------------------------------------

// The setting's value; nothing if the server doesn't tell.
std::optional<std::string> setting(const reply& said) {
  if (!said.is_array() || said.elements.size() != 2)
    return std::nullopt;
  return said.elements[1].text;
}

void warn_of_persistence(command_channel& channel) {
  const auto said = channel.exchange({{"CONFIG", "GET", "appendonly"},
                                      {"CONFIG", "GET", "appendfsync"},
                                      {"CONFIG", "GET", "maxmemory-policy"}});
  if (!said)
    return;
  const auto appendonly = setting(said->replies[0]);
  const auto fsync = setting(said->replies[1]);
  const auto policy = setting(said->replies[2]);
  if (!appendonly || !fsync || !policy) {
    log::warning("Redis doesn't tell how it keeps what is stored; so it isn't known whether a "
                 "delivery that was answered survives a power cut.",
                 {{"fix", "Allow CONFIG GET, or see to appendonly yes, appendfsync always and "
                          "maxmemory-policy noeviction."}});
    return;
  }
  if (*appendonly != "yes")
    log::warning(
      "Redis keeps no log of its changes: deliveries that were answered are lost when it "
      "is restarted.",
      {{"appendonly", *appendonly},
       {"fix", "Set appendonly yes and appendfsync always on that server."}});
  else if (*fsync != "always")
    log::warning(
      "Redis doesn't sync every change to its disk: deliveries that were answered can be "
      "lost in a power cut.",
      {{"appendfsync", *fsync}, {"fix", "Set appendfsync always on that server."}});
  if (*policy != "noeviction")
    log::warning(
      "Redis throws keys away when its memory is full: what is stored can get lost.",
      {{"maxmemory_policy", *policy}, {"fix", "Set maxmemory-policy noeviction on that server."}});
}

// A store whose head is missing would be taken for a new one.
status check_remains(command_channel& channel) {
  using namespace on_redis;
  const auto said =
    channel.exchange({{"EXISTS", meta},
                      {"EXISTS", products, on_redis::deliveries.rows, on_redis::outbox.rows,
                       on_redis::confirmations.rows, on_redis::dead_letters.rows, bookmarks}});
  if (!said)
    return said.failure();
  for (const auto& each : said->replies) {
    if (each.is_error())
      return explain(each, "looking for the store");
  }
  if (said->replies[0].integer == 0 && said->replies[1].integer != 0)
    return damaged("ankkor:store:meta is missing, though other keys of it are there");
  return done{};
}

} // namespace

result<std::unique_ptr<store>> open_redis(std::shared_ptr<command_channel> channel, limits kept) {
  if (auto checked = check_remains(*channel); !checked)
    return checked.failure();
  auto held = session::take(channel);
  if (!held)
    return held.failure();
  auto opened = std::make_unique<redis_store>(channel, std::move(*held), kept);
  if (auto tried = opened->try_commands(); !tried)
    return tried.failure();
  warn_of_persistence(*channel);
  return std::unique_ptr<store>{std::move(opened)};
}

} // namespace ankkor::store
